import { z } from 'zod';

export const text = z.string();
export const digest = z.string().regex(/^[0-9a-f]{64}$/);
export const time = z.iso.datetime();
export const name = <N extends string>(n: N) => z.literal(`millwright/${n}/v1` as const);

export const failure = z.looseObject({
  code: z.templateLiteral(['MW-', z.string()]),
  cause: z.enum(['change', 'machine', 'infrastructure', 'unreachable', 'cancelled']),
  message: text,
  step: text.optional(),
  detail: z.array(text).optional(),
  remedy: text.optional(),
  evidence: text.optional(),
});
export const outcome = z.enum([
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
export const phaseName = z.enum([
  'look',
  'create',
  'boot',
  'ready',
  'provision',
  'verify',
  'record',
  'destroy',
]);
export const phase = z.object({
  phase: phaseName,
  state: z.enum(['waiting', 'running', 'done', 'not needed', 'failed', 'cancelled']),
  startedAt: text.optional(),
  endedAt: text.optional(),
  reason: text.optional(),
});
export const counts = z.object({
  ok: z.number(),
  changed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  interrupted: z.number(),
  notReached: z.number(),
});
export const receipt = z.looseObject({
  step: text,
  hash: text,
  state: z.enum(['ok', 'changed', 'failed', 'interrupted', 'skipped', 'differs']),
  reason: text.optional(),
  durationMs: z.number(),
  fingerprints: z.record(text, text).optional(),
});
export const url = z.object({ machine: text, port: z.number().int(), url: text });
export const commit = z.object({
  id: text,
  subject: text.nullable(),
  author: text.nullable(),
  at: text.nullable(),
  dirty: z.boolean(),
});
