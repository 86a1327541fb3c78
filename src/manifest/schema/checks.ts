import { z } from 'zod';
import { duration, env, form, object, port, text } from './common.js';

const from = form(/^[a-z0-9-]{1,63}$/, 'outside, inside or the name of a machine');
const common = { from: from.optional(), within: duration.optional() };

/** One schema per type of verification. */
export const checkTypes = {
  tcp: object({ tcp: port, ...common }),
  http: object({
    http: form(/^\/[^\s]*$/, 'the path of a URL, such as /healthz'),
    port: port.optional(),
    status: z.number().int().min(100).max(599).optional(),
    ...common,
  }),
  command: object({
    command: form(/^[^\n]{1,200}$/, 'a name for the check, on one line'),
    run: text,
    as: text.optional(),
    env: env.optional(),
    ...common,
  }),
};

export const check = z.union([checkTypes.tcp, checkTypes.http, checkTypes.command]);

export type WrittenCheck = z.infer<typeof check>;
