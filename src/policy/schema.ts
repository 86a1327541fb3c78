import { z } from 'zod';
import { parseDuration } from '../model/index.js';
import { parsePublicKey } from './keys.js';

/** Safe in an allowed_signers file, where `*`, `?`, `!` and commas are patterns. */
const person = z
  .string()
  .max(63)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]*$/, 'an approver is named by letters, digits and . _ @ -');

const key = z.string().transform((line, context) => {
  const parsed = parsePublicKey(line);
  if (typeof parsed !== 'string') return parsed;
  context.addIssue({ code: 'custom', message: parsed });
  return z.NEVER;
});

const approver = z.strictObject({
  keys: z.array(key).min(1, 'an approver needs a key to sign with'),
  emails: z.array(z.string().includes('@', { message: 'write an e-mail address' }).toLowerCase()).default([]),
  users: z.array(z.string().min(1)).default([]),
});

/** As a manifest has them: what nothing can be called would hold nowhere, and nobody would notice. */
const label = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'no group or environment is called that');

const place = {
  fleet: z
    .string()
    .regex(/^[0-9A-HJKMNP-TV-Z]{26}$/, 'write the uid of fleet.yaml: a name can be changed by its author')
    .optional(),
  environment: label.optional(),
};

const [shortest, longest] = [60_000, 30 * 24 * 3_600_000];

/** As a manifest's: what is far longer, no timer takes. */
const duration = z.string('write a number with its unit: 20m, 4h').transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= shortest && ms <= longest) return ms;
  context.addIssue({ code: 'custom', message: 'write a number with its unit, from 1m to 30d: 20m, 4h' });
  return z.NEVER;
});

const gate = z
  .strictObject({
    ...place,
    before: label.optional(),
    after: z.literal('canary', 'only a canary can be waited after').optional(),
    group: label.optional(),
    approvals: z.number().int('write a whole number').min(1).max(20).default(1),
    from: z.array(person).default([]),
    timeout: duration.optional(),
    onTimeout: z.enum(['stop', 'rollback'], 'write stop or rollback').default('stop'),
    unsigned: z.boolean().default(false),
    external: z.boolean().default(false),
  })
  .refine(({ before, after }) => (before === undefined) !== (after === undefined), {
    message: 'write before: rollout, before: GROUP or after: canary',
  })
  .refine(({ group, after }) => group === undefined || after !== undefined, {
    path: ['group'],
    message: 'a group is named only beside after: canary',
  })
  .refine(({ from, approvals }) => from.length === 0 || new Set(from).size >= approvals, {
    path: ['from'],
    message: 'names fewer people than there must be approvals',
  });

const moment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d(T([01]\d|2[0-3]):[0-5]\d)?$/, 'write "YYYY-MM-DD" or "YYYY-MM-DDTHH:MM"')
  .refine((text) => isDay(text.slice(0, 10)), 'there is no such day');

/** 30 February is read as a day of March. */
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

const freeze = z
  .strictObject({
    ...place,
    from: moment,
    to: moment,
    zone: z.string().refine(isZone, 'write the name of a time zone, such as Europe/Berlin'),
    because: z.string().min(1, 'say why'),
    atStart: z.enum(['pause', 'finish', 'rollback'], 'write pause, finish or rollback').default('pause'),
  })
  .refine(({ from, to }) => beginning(from) < (to.includes('T') ? to : `${to}T24:00`), {
    path: ['to'],
    message: 'ends before it begins',
  });

const beginning = (from: string): string => (from.includes('T') ? from : `${from}T00:00`);

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const allowed = z.enum(['allow', 'forbid'], 'write allow or forbid');

/** What a policy file may say. */
export const policySchema = z.strictObject({
  version: z.literal(1, 'write version: 1'),
  approvers: z.record(person, approver),
  gates: z.array(gate).default([]),
  unsigned: allowed.default('allow'),
  external: allowed.optional(),
  breakGlass: z.array(person).default([]),
  override: z.array(person).default([]),
  freezes: z.array(freeze).default([]),
});

export type WrittenPolicy = z.infer<typeof policySchema>;

const gateKeys = ['fleet', 'environment', 'before', 'after', 'group', 'approvals', 'from'];
/** Keys by the path of the mapping that may hold them, `*` for a name or a number. */
export const knownKeys: Readonly<Record<string, readonly string[]>> = {
  '': ['version', 'approvers', 'gates', 'unsigned', 'external', 'breakGlass', 'override', 'freezes'],
  'approvers.*': ['keys', 'emails', 'users'],
  'gates.*': [...gateKeys, 'timeout', 'onTimeout', 'unsigned', 'external'],
  'freezes.*': ['fleet', 'environment', 'from', 'to', 'zone', 'because', 'atStart'],
};
