import { z } from 'zod';
import type { CastDocument } from '../vote/document.js';
import { digest, name, text, time } from './parts.js';

const decision = z.enum(['approve', 'reject', 'override']);

export const vote = z.object({
  schema: name('vote'),
  fleet: text,
  environment: text,
  change: text,
  plan: digest,
  gate: text,
  decision,
  by: text,
  how: z.enum(['signed', 'break-glass', 'unsigned', 'external']),
  text: z
    .object({
      fleet: text,
      environment: text,
      change: text,
      gate: text,
      decision,
      plan: digest,
      expires: time,
      reason: text.optional(),
      breakGlass: z.literal(true).optional(),
    })
    .nullable(),
  sshsig: text.nullable(),
  missing: z.number(),
}) satisfies z.ZodType<CastDocument>;
