import { z } from 'zod';
import type { BackupDocument, RestoreDocument } from '../backup/documents.js';
import { name, text, time } from './parts.js';

const environments = z.array(
  z.object({ fleet: text, fleetUid: text, environment: text, machines: z.number().int() }),
);

export const backup = z.object({
  schema: name('backup'),
  file: text,
  at: time,
  sizeBytes: z.number().int(),
  environments,
  keys: z.array(text),
  documents: z.number().int(),
  missing: z.array(text),
  notes: z.array(text),
}) satisfies z.ZodType<BackupDocument>;

export const restore = z.object({
  schema: name('restore'),
  file: text,
  madeAt: text,
  environments,
  keys: z.array(text),
  keysAside: text.nullable(),
  documents: z.number().int(),
  machines: z.array(
    z.object({
      fleet: text,
      environment: text,
      machine: text,
      site: text,
      state: z.enum(['same', 'differs', 'unassigned', 'gone', 'silent', 'none', 'forgotten', 'unlooked']),
      instance: text.nullable(),
      differences: z.array(
        z.object({
          what: z.enum(['assigned', 'verified', 'owed', 'hold']),
          backup: text.nullable(),
          target: text.nullable(),
        }),
      ),
      reason: text.nullable(),
    }),
  ),
  strangers: z.array(z.object({ instance: text, key: text, machine: text, site: text })),
  notes: z.array(text),
  exit: z.number().int(),
}) satisfies z.ZodType<RestoreDocument>;
