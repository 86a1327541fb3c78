import { z } from 'zod';
import type { ScheduleDocument } from '../schedule/document.js';
import { name, text } from './parts.js';

const mode = z.enum(['report', 'enforce']);

export const schedule = z.object({
  schema: name('schedule'),
  fleet: text,
  environment: text,
  schedules: z.array(
    z.object({
      id: text,
      site: text,
      everyMs: z.number(),
      mode,
      maxMachines: z.number().int(),
      origin: z.enum(['manifest', 'person']),
      state: z.enum(['active', 'paused', 'deleted']),
      note: text.nullable(),
      running: text.nullable(),
      nextAt: text.nullable(),
      lastScan: z
        .object({
          scan: text,
          mode,
          startedAt: text,
          endedAt: text,
          counts: z.object({
            aligned: z.number().int(),
            drifted: z.number().int(),
            failed: z.number().int(),
            unobserved: z.number().int(),
          }),
          mended: z.number().int(),
          run: z.number().int().nullable(),
        })
        .nullable(),
    }),
  ),
}) satisfies z.ZodType<ScheduleDocument>;
