import { z } from 'zod';
import type { FactName, Head, Hold, JournalLine, VerifiedBundle } from '../model/index.js';

const head = z.object({ generation: z.number().int(), bundle: z.string(), run: z.string() });

/** What `start` said. Exit codes: 0 accepted or attached, 10 refused, 12 lacking, 13 held, 14 tombstoned, 15 failed. */
export type StartAnswer =
  | { readonly start: 'accepted'; readonly head: Head | null }
  /** The same run id: `active` false means that it has ended and follow replays it. */
  | { readonly start: 'attached'; readonly head: Head | null; readonly active: boolean }
  /** `stale`: head isn't what was expected. `busy`: `active` names the run that holds the machine. */
  | {
      readonly start: 'refused';
      readonly reason: 'stale' | 'busy';
      readonly head: Head | null;
      readonly active?: string;
    }
  | { readonly start: 'lacking'; readonly what: 'runner' | 'bundle' | 'undo' }
  | { readonly start: 'held'; readonly reason: string }
  | { readonly start: 'tombstoned' }
  | { readonly start: 'failed'; readonly code: `MW-${string}`; readonly reason: string };

const startAnswer = z.discriminatedUnion('start', [
  z.object({ start: z.literal('accepted'), head: head.nullable() }),
  z.object({ start: z.literal('attached'), head: head.nullable(), active: z.boolean() }),
  z.object({
    start: z.literal('refused'),
    reason: z.enum(['stale', 'busy']),
    head: head.nullable(),
    active: z.string().optional(),
  }),
  z.object({ start: z.literal('lacking'), what: z.enum(['runner', 'bundle', 'undo']) }),
  z.object({ start: z.literal('held'), reason: z.string() }),
  z.object({ start: z.literal('tombstoned') }),
  z.object({ start: z.literal('failed'), code: z.templateLiteral(['MW-', z.string()]), reason: z.string() }),
]);

/** Reads the first line of `start`'s output; nothing at all means a runner that was cut off: lacking. */
export function parseStart(stdout: string): StartAnswer {
  const line = firstLine(stdout);
  return line === '' ? { start: 'lacking', what: 'runner' } : startAnswer.parse(JSON.parse(line));
}

export interface TargetStatus {
  /** null: no apply run was ever accepted. */
  readonly head: Head | null;
  /** The run that holds the machine now. */
  readonly active: string | null;
  /** e.g. `reload service:nginx`. */
  readonly debts: readonly string[];
  /** null: nobody keeps runs off. A hold whose end has passed isn't there any more. */
  readonly hold: Hold | null;
  /** Newest first, at most two. */
  readonly verified: readonly VerifiedBundle[];
  readonly bootId: string;
  /** Seconds since boot. */
  readonly uptime: number;
}

const targetStatus = z.object({
  head: head.nullable(),
  active: z.string().nullable(),
  debts: z.array(z.string()),
  hold: z.object({ reason: z.string(), by: z.string().optional(), until: z.string().optional() }).nullable(),
  verified: z.array(z.object({ bundle: z.string(), bytes: z.string(), change: z.string() })).default([]),
  bootId: z.string(),
  uptime: z.number(),
});

export const parseStatus = (stdout: string): TargetStatus =>
  targetStatus.parse(JSON.parse(firstLine(stdout)));

export const parseLacking = (stdout: string): readonly ('runner' | 'bundle')[] =>
  z.array(z.enum(['runner', 'bundle'])).parse(stdout.split('\n').filter((line) => line !== ''));

/**
 * What `confirm` said: `confirmed` also if it was before. `undone`: nobody confirmed in time, or the run was cancelled.
 * `not-armed`: no such step waits, or not yet.
 */
export type ConfirmAnswer = 'confirmed' | 'undone' | 'not-armed';

export const parseConfirm = (stdout: string): ConfirmAnswer =>
  z.object({ confirm: z.enum(['confirmed', 'undone', 'not-armed']) }).parse(JSON.parse(firstLine(stdout)))
    .confirm;

/** What a machine says of itself: the closed list of facts, and the addresses at which others may reach it. */
export type MachineFacts = z.output<typeof machineFactsAnswer>;

const machineFactsAnswer = z.object({
  'os.family': z.string(),
  'os.id': z.string(),
  'os.version': z.string(),
  architecture: z.string(),
  init: z.string(),
  packageManager: z.string(),
  virtualization: z.string(),
  hostname: z.string(),
  /** MiB. */
  memory: z.number(),
  cpus: z.number(),
  /** IPv4, of every interface but loopback, in the kernel's order. */
  addresses: z.array(z.string()),
} satisfies Readonly<Record<FactName | 'addresses', z.ZodType>>);

/** Reads the line that `facts` prints. */
export const parseFacts = (stdout: string): MachineFacts =>
  machineFactsAnswer.parse(JSON.parse(firstLine(stdout)));

const journalLine = z.object({
  v: z.literal(1),
  run: z.string(),
  seq: z.number().int(),
  bootId: z.string(),
  uptime: z.number(),
  step: z.string().optional(),
  state: z.enum([
    ...[
      'started',
      'ok',
      'changed',
      'failed',
      'interrupted',
      'skipped',
      'differs',
      'undone',
      'armed',
      'confirmed',
      'rebooting',
      'needs-site',
      'task',
    ],
    ...['run-started', 'run-ended', 'owed', 'paid', 'cancelled', 'stopped', 'needs-secrets'],
  ] as [JournalLine['state'], ...JournalLine['state'][]]),
  reason: z.string().optional(),
  durationMs: z.number().optional(),
  exit: z.number().int().optional(),
  output: z.string().optional(),
  diff: z.string().optional(),
  code: z.string().optional(),
  debt: z.string().optional(),
  hash: z.string().optional(),
  withinSeconds: z.number().optional(),
  fingerprints: z.record(z.string(), z.string()).optional(),
  token: z.string().optional(),
  task: z.string().optional(),
  result: z.enum(['ok', 'changed', 'failed', 'skipped']).optional(),
  at: z.string().optional(),
});

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

/** One journal line with `output` and `diff` decoded, or null for text that isn't one (a line that is still being written). */
export function parseJournalLine(line: string): JournalLine | null {
  const parsed = journalLine.safeParse(parseJson(line));
  if (!parsed.success) return null;
  const { output, diff, ...rest } = parsed.data;
  return {
    ...rest,
    ...(output === undefined ? {} : { output: decoded(output) }),
    ...(diff === undefined ? {} : { diff: decoded(diff) }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const firstLine = (text: string): string => text.split('\n', 1)[0]?.trim() ?? '';
