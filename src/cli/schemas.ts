import { z } from 'zod';
import type {
  DoctorDocument,
  ErrorDocument,
  EventDocument,
  HistoryDocument,
  PlanDocument,
  RunDocument,
  StatusDocument,
} from '../report/index.js';

const text = z.string();
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime();
const name = <N extends string>(n: N) => z.literal(`millwright/${n}/v1` as const);

const failure = z.looseObject({
  code: z.templateLiteral(['MW-', z.string()]),
  cause: z.enum(['change', 'machine', 'infrastructure', 'unreachable', 'cancelled']),
  message: text,
  step: text.optional(),
  detail: z.array(text).optional(),
  remedy: text.optional(),
  evidence: text.optional(),
});
const outcome = z.enum([
  'running',
  'aligned',
  'applied',
  'destroyed',
  'failed',
  'owed',
  'skipped',
  'cancelled',
  'stopped',
  'unknown',
]);
const phaseName = z.enum(['look', 'create', 'boot', 'ready', 'provision', 'verify', 'record', 'destroy']);
const phase = z.object({
  phase: phaseName,
  state: z.enum(['waiting', 'running', 'done', 'not needed', 'failed', 'cancelled']),
  startedAt: text.optional(),
  endedAt: text.optional(),
  reason: text.optional(),
});
const counts = z.object({
  ok: z.number(),
  changed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  interrupted: z.number(),
  notReached: z.number(),
});
const receipt = z.looseObject({
  step: text,
  hash: text,
  state: z.enum(['ok', 'changed', 'failed', 'interrupted', 'skipped', 'differs']),
  reason: text.optional(),
  durationMs: z.number(),
  fingerprints: z.record(text, text).optional(),
});
const url = z.object({ machine: text, port: z.number().int(), url: text });
const commit = z.object({
  id: text,
  subject: text.nullable(),
  author: text.nullable(),
  at: text.nullable(),
  dirty: z.boolean(),
});

const plan = z.object({
  schema: name('plan'),
  fleet: text,
  fleetUid: text,
  environment: text,
  plan: digest,
  intent: digest,
  revision: text,
  commit: commit.nullable(),
  at: time,
  looked: z.object({ asked: z.number(), answered: z.number() }).nullable(),
  unlooked: text.nullable(),
  machines: z.array(
    z.object({
      machine: text,
      group: text,
      site: text,
      action: z.enum(['nothing', 'create', 'change', 'power cycle', 'replace', 'destroy']),
      reason: text.nullable(),
      refused: text.nullable(),
      protect: z.boolean(),
      items: z.array(
        z.object({ mark: z.enum(['add', 'change', 'remove', 'run']), id: text, text, diff: z.array(text) }),
      ),
      unchanged: z.number(),
      silent: text.nullable(),
    }),
  ),
  order: z.array(
    z.object({ group: text, after: z.array(text), machines: z.number(), maxParallel: z.number() }),
  ),
  summary: z.object({
    create: z.number(),
    change: z.number(),
    powerCycle: z.number(),
    replace: z.number(),
    destroy: z.number(),
    destroyRefused: z.number(),
    unchanged: z.number(),
  }),
}) satisfies z.ZodType<PlanDocument>;

const run = z.object({
  schema: name('run'),
  fleet: text,
  environment: text,
  run: z.number().int().nullable(),
  change: text,
  verb: text,
  plan: text,
  commit: text.nullable(),
  startedBy: text,
  startedAt: text,
  endedAt: text.nullable(),
  durationMs: z.number().nullable(),
  outcome: text.nullable(),
  machines: z.array(
    z.object({
      machine: text,
      group: text.nullable(),
      outcome,
      detail: z.looseObject({
        machine: text,
        outcome,
        phase: phaseName.optional(),
        failure: failure.optional(),
        reason: text.optional(),
        counts: counts.optional(),
        phases: z.array(phase),
      }),
      receipts: z.array(receipt),
      evidence: z.array(z.object({ source: text, ok: z.boolean(), value: text, at: text })),
    }),
  ),
  urls: z.array(url),
  temporalUrl: text.nullable(),
  exit: z.number().int(),
}) satisfies z.ZodType<RunDocument>;

const status = z.object({
  schema: name('status'),
  fleet: text,
  environment: text,
  at: time,
  engine: text,
  running: z.object({ run: z.number().int().nullable(), change: text, verb: text }).nullable(),
  machines: z.array(
    z.object({
      machine: text,
      group: text,
      site: text,
      state: text,
      outcome: text.nullable(),
      run: z.number().int().nullable(),
      instance: text.nullable(),
      power: text.nullable(),
      assigned: text.nullable(),
      verified: text.nullable(),
      addresses: z.record(text, text),
      debts: z.array(text),
      updatedAt: text.nullable(),
    }),
  ),
  urls: z.array(url),
  orphans: z.array(z.object({ instance: text, site: text, power: text, reason: text })).nullable(),
  notes: z.array(text),
}) satisfies z.ZodType<StatusDocument>;

const history = z.object({
  schema: name('history'),
  fleet: text,
  environment: text,
  machine: text,
  id: text.nullable(),
  entries: z.array(
    z.object({
      run: z.number().int(),
      change: text,
      verb: text,
      commit: text.nullable(),
      startedBy: text,
      startedAt: text,
      machine: text,
      outcome: text,
      phase: text.nullable(),
      reason: text.nullable(),
      failure: failure.nullable(),
      receipts: z.array(receipt),
    }),
  ),
}) satisfies z.ZodType<HistoryDocument>;

const doctor = z.object({
  schema: name('doctor'),
  at: time,
  checks: z.array(
    z.object({
      name: text,
      state: z.enum(['ok', 'fixed', 'missing', 'warning', 'failed']),
      text,
      remedy: text.nullable(),
    }),
  ),
}) satisfies z.ZodType<DoctorDocument>;

const error = z.object({
  schema: name('error'),
  code: text,
  cause: text.nullable(),
  message: text,
  detail: z.array(text),
  remedy: text.nullable(),
  exit: z.number().int(),
}) satisfies z.ZodType<ErrorDocument>;

const event = z.object({
  schema: name('event'),
  at: text,
  run: z.number().int().nullable(),
  change: text,
  machine: text.nullable(),
  instance: text.nullable(),
  id: text.nullable(),
  phase: text.nullable(),
  result: text,
  cause: text.nullable(),
  code: text.nullable(),
  text: text.nullable(),
}) satisfies z.ZodType<EventDocument>;

const problem = z.object({
  file: text,
  line: z.number().int(),
  column: z.number().int(),
  path: text,
  message: text,
  remedy: text.nullable(),
});
const validate = z.looseObject({
  schema: name('validate'),
  ok: z.boolean(),
  problems: z.array(problem),
  warnings: z.array(problem),
});

/** Schemas of every `-o json` document, by the name in its `schema` field. */
export const outputSchemas = { doctor, error, event, history, plan, run, status, validate } as const;
export const outputNames = Object.keys(outputSchemas).sort();

/** JSON Schema (2020-12) of an output; undefined when there is no such output. */
export function outputJsonSchema(wanted: string): Record<string, unknown> | undefined {
  const found = Object.entries(outputSchemas).find(([key]) => key === wanted)?.[1];
  return found && { ...z.toJSONSchema(found, { unrepresentable: 'any' }), title: `millwright/${wanted}/v1` };
}
