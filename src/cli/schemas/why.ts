import { z } from 'zod';
import type { WhyDocument } from '../why/types.js';
import { name, text, time } from './parts.js';

const kind = z.enum([
  'engine',
  'control',
  'worker',
  'slot',
  'retry',
  'working',
  'question',
  'left',
  'turn',
  'group',
  'gate',
  'soak',
  'paused',
  'window',
  'drained',
  'busy',
  'stopping',
  'rolling back',
  'hold',
  'debt',
  'owed',
  'failed',
  'well',
  'absent',
  'ended',
  'unknown',
]);

export const why = z.object({
  schema: name('why'),
  fleet: text,
  environment: text,
  at: time,
  engine: text.nullable(),
  run: z
    .object({
      run: z.number().int().nullable(),
      change: text,
      verb: text,
      startedBy: text,
      startedAt: text,
      outcome: text.nullable(),
    })
    .nullable(),
  reasons: z.array(
    z.object({
      kind,
      machine: text.nullable(),
      group: text.nullable(),
      waitsFor: text,
      since: text.nullable(),
      release: text.nullable(),
      next: text,
      commands: z.array(z.object({ command: text, does: text })),
      detail: z.array(text),
    }),
  ),
  notes: z.array(text),
  exit: z.number().int(),
}) satisfies z.ZodType<WhyDocument>;
