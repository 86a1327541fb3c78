import { z } from 'zod';
import { weekdays } from '../../model/index.js';
import { text, window } from './parts.js';

const atClose = z.enum(['pause', 'finish', 'rollback']);
const whole = z.number().int();

export const planGroup = z.object({
  group: text,
  after: z.array(text),
  machines: z.number(),
  maxParallel: z.number(),
  strategy: z
    .object({
      ...{ batches: z.array(whole), soakMs: whole, maxFailed: whole, surge: whole },
      watch: z.array(text),
    })
    .nullable(),
});

/** When and with whose consent a plan would be carried out. */
export const planRules = {
  gates: z.array(
    z.object({
      ...{ id: text, approvals: whole, from: z.array(text), timeoutMs: whole.nullable() },
      onTimeout: z.enum(['stop', 'rollback']),
      ...{ unsigned: z.boolean(), external: z.boolean() },
    }),
  ),
  windows: z.array(
    z.object({
      days: z.array(z.enum(weekdays)),
      ...{ from: text, to: text, zone: text, startBy: text.optional(), atClose },
    }),
  ),
  freezes: z.array(z.object({ from: text, to: text, zone: text, because: text, atStart: atClose })),
  window: window.nullable(),
  maxFailed: whole.nullable(),
  reconcile: z.object({ everyMs: whole, mode: z.enum(['report', 'enforce']), maxMachines: whole }).nullable(),
};
