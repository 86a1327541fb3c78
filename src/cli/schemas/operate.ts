import { z } from 'zod';
import type { CheckDocument } from '../check/document.js';
import type { SweepDocument } from '../doctor/sweepDocument.js';
import type { AdoptDocument } from '../operate/adopt.js';
import type { OperateDocument } from '../operate/document.js';
import type { ForgetDocument } from '../operate/forget.js';
import { counts, failure, name, text, time } from './parts.js';

const hold = z.object({ reason: text, by: text.optional(), until: text.optional() });

export const operate = z.object({
  schema: name('operate'),
  fleet: text,
  environment: text,
  operation: text,
  workflows: z.array(text),
  machines: z.array(
    z.object({
      machine: text,
      said: text.nullable(),
      power: text.nullable(),
      snapshots: z
        .array(z.object({ name: text, at: text, sizeBytes: z.number(), memory: z.boolean() }))
        .nullable(),
      hold: hold.nullable(),
      console: text.nullable(),
      facts: z.record(z.string(), z.union([text, z.number(), z.array(text)])).nullable(),
      failure: failure.nullable(),
    }),
  ),
}) satisfies z.ZodType<OperateDocument>;

export const adopt = z.object({
  schema: name('adopt'),
  fleet: text,
  environment: text,
  machine: text,
  instance: text,
  site: text,
  assigned: text.nullable(),
  verified: text.nullable(),
  aligned: z.boolean(),
  differs: z.array(z.object({ step: text, reason: text })),
  debts: z.array(text).nullable(),
  hold: hold.nullable(),
  unreachable: failure.nullable(),
}) satisfies z.ZodType<AdoptDocument>;

export const check = z.object({
  schema: name('check'),
  fleet: text,
  environment: text,
  workflows: z.array(text),
  machines: z.array(
    z.object({
      machine: text,
      state: z.enum(['aligned', 'differs', 'absent', 'off', 'held', 'unknown']),
      assigned: text.nullable(),
      head: text.nullable(),
      counts: counts.nullable(),
      differs: z.array(z.object({ step: text, reason: text, diff: text.nullable() })),
      debts: z.array(text).nullable(),
      hold: hold.nullable(),
      failure: failure.nullable(),
    }),
  ),
}) satisfies z.ZodType<CheckDocument>;

export const forget = z.object({
  schema: name('forget'),
  fleet: text,
  environment: text,
  machines: z.array(
    z.object({
      machine: text,
      site: text,
      instance: text.nullable(),
      declared: z.boolean(),
      purged: z.boolean(),
    }),
  ),
}) satisfies z.ZodType<ForgetDocument>;

export const sweep = z.object({
  schema: name('sweep'),
  fleet: text,
  environment: text,
  at: time,
  sites: z.array(
    z.object({
      site: text,
      asked: z.boolean(),
      owned: z.array(text),
      orphans: z.array(
        z.object({
          instance: text,
          key: text,
          machine: text,
          power: z.enum(['on', 'off', 'unknown']),
          protect: z.boolean(),
          removed: z.boolean(),
          why: text.optional(),
          console: text.optional(),
        }),
      ),
      foreign: z.array(text),
      missing: z.array(text),
      busy: z.array(text),
      spared: z.array(text),
    }),
  ),
  exit: z.number().int(),
}) satisfies z.ZodType<SweepDocument>;
