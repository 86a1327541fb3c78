import { z } from 'zod';
import { type Weekday, weekdays } from '../../model/index.js';
import { between, form, name, object, text, whole } from './common.js';

const clock = form(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'a time of day such as "09:00", from 00:00 to 23:59');
const zone = form(/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/, 'a time zone such as Europe/Berlin').describe(
  'IANA name of the time zone that the times are of.',
);
const moment = form(
  /^\d{4}-\d{2}-\d{2}(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9])?$/,
  'a date such as 2026-12-18, or 2026-12-18T18:00',
);

const dayForm = 'days such as [mon, wed] or tue-thu';
const day = form(/^(?:mon|tue|wed|thu|fri|sat|sun)(?:-(?:mon|tue|wed|thu|fri|sat|sun))?$/, dayForm);
const days = z
  .union([day, z.array(day).min(1).max(7)], { error: dayForm })
  .transform((written) => daysOf([written].flat()));

/** `tue-thu` to its days; `fri-mon` goes over the week's end. In the order of the week, each once. */
function daysOf(written: readonly string[]): Weekday[] {
  const all = new Set(written.flatMap((range) => spread(range)));
  return weekdays.filter((one) => all.has(one));
}

function spread(range: string): Weekday[] {
  const [first, last = first] = range.split('-').map((one) => weekdays.indexOf(one as Weekday));
  const length = ((((last ?? 0) - (first ?? 0)) % 7) + 7) % 7;
  return [...weekdays, ...weekdays].slice(first, (first ?? 0) + length + 1);
}

const atClose = z.enum(['pause', 'finish', 'rollback']);

/** When changes may run, each week. */
export const window = object({
  days: days.describe('Days of the week on which it opens, as [mon, wed] or tue-thu.'),
  from: clock.describe('When it opens.'),
  to: clock.describe('When it closes: on the next day where that is not after `from`.'),
  zone,
  startBy: clock.describe('After it nothing is begun any more; default until it closes.').optional(),
  atClose: atClose
    .describe('What happens to a rollout that is still at work when it closes; default pause.')
    .optional(),
});

/** When nothing runs, whatever windows say. */
export const freeze = object({
  from: moment.describe('First day, or the moment at which it begins.'),
  to: moment.describe('Last day, which is frozen as a whole, or the moment at which it ends.'),
  zone,
  because: text.describe('Why: said to everybody whom it stops.'),
  atStart: atClose
    .describe('What happens to a rollout that is at work when it begins; default pause.')
    .optional(),
});

const approver = form(
  /^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/,
  'the name of an approver, as `people` or the policy has it',
);

const answered = {
  approvals: whole(1, 20).describe('People who must approve; default 1.').optional(),
  from: z
    .array(approver)
    .min(1)
    .max(100)
    .describe('Whose approval counts; default: all approvers of the policy.')
    .optional(),
  timeout: between('1m', '30d')
    .describe('How long it waits for an answer; default without an end.')
    .optional(),
  onTimeout: z
    .enum(['stop', 'rollback'])
    .describe('What follows when nobody answered in time; default stop.')
    .optional(),
  unsigned: z
    .boolean()
    .describe('Whether a plain message answers it, which proves nobody; default false.')
    .optional(),
  external: z.boolean().describe("Whether a pipeline's own approval answers it; default false.").optional(),
};

/** One schema per kind of gate, by where it stands. */
export const gateTypes = {
  before: object({
    before: name.describe('`rollout`: before the first batch; a group: before its first batch.'),
    ...answered,
  }),
  after: object({
    after: z.literal('canary').describe('After the first batch of a group that has several.'),
    group: name.describe('The group whose canary it is; default: each that has one.').optional(),
    ...answered,
  }),
};
export const gate = z.union([gateTypes.before, gateTypes.after]);

/** How drift is looked for. */
export const reconcile = object({
  every: between('1m', '30d').describe('How often machines are compared with what they were admitted to.'),
  mode: z
    .enum(['report', 'enforce'])
    .describe('Whether drift is only told, or mended as well; default report.')
    .optional(),
  maxMachines: whole(1, 10_000).describe('Drifted machines that one scan may mend; default 5.').optional(),
}).describe('How drift is looked for by itself.');

/** Sections that say when and with whose consent changes run. */
export const policy = {
  gates: z
    .array(gate)
    .max(100)
    .describe(
      'Points where people must agree to the plan. The policy of the control side may add some, and nothing here removes those.',
    )
    .optional(),
  windows: z
    .array(window)
    .max(50)
    .describe('When changes may run, each week; without any at all times.')
    .optional(),
  freezes: z.array(freeze).max(200).describe('When nothing runs, whatever windows say.').optional(),
  reconcile: reconcile.optional(),
};

export type WrittenGate = z.infer<typeof gate>;
export type WrittenWindow = z.infer<typeof window>;
export type WrittenFreeze = z.infer<typeof freeze>;
export type WrittenReconcile = z.infer<typeof reconcile>;
