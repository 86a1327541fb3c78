import { z } from 'zod';
import { applyPhases, destroyPhases, rollbackPhases } from '../../model/index.js';

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
  'rolled-back-verified',
  'rollback-failed',
]);
export const phaseName = z.enum([...new Set([...applyPhases, ...destroyPhases, ...rollbackPhases])]);
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
  state: z.enum(['ok', 'changed', 'failed', 'interrupted', 'skipped', 'undone', 'differs']),
  reason: text.optional(),
  durationMs: z.number(),
  diff: text.optional(),
  fingerprints: z.record(text, text).optional(),
});
export const hold = z.object({ reason: text, by: text.optional(), until: text.optional() });
export const wayBack = z.object({
  bundle: text.nullable(),
  commit: text.nullable(),
  rungs: z.array(
    z.object({
      rung: z.enum(['restore', 'snapshot', 'replace']),
      unreachable: text.optional(),
      discards: text.optional(),
    }),
  ),
});
export const answer = z.object({
  answer: z.enum(['retry', 'skip', 'rollback', 'stop']),
  machine: text.nullable(),
  by: text,
  reason: text.nullable(),
  at: text,
});
export const detail = z.looseObject({
  machine: text,
  outcome,
  phase: phaseName.optional(),
  failure: failure.optional(),
  reason: text.optional(),
  counts: counts.optional(),
  phases: z.array(phase),
  drained: text.optional(),
});
export const question = z.object({
  machine: text,
  group: text.nullable(),
  since: text,
  attempt: z.number().int(),
  answers: z.array(z.enum(['retry', 'skip', 'rollback', 'stop'])),
  detail,
  debts: z.array(text).nullable(),
  wayBack: wayBack.nullable(),
  origin: text.nullable(),
  touched: z.array(text),
  others: text.nullable(),
});
export const vote = z.object({
  gate: text,
  decision: z.enum(['approve', 'reject', 'override']),
  by: text,
  how: z.enum(['signed', 'unsigned', 'external', 'break-glass', 'timeout']),
  reason: text.nullable(),
  reference: text.nullable(),
  at: text,
});
export const gate = z.object({
  gate: text,
  state: z.enum(['open', 'approved', 'rejected', 'timed out', 'void']),
  since: text,
  deadline: text.nullable(),
  onTimeout: z.enum(['stop', 'rollback']),
  approvals: z.number().int(),
  votes: z.array(vote),
  waitsFor: z.array(text),
  unsigned: z.boolean(),
  external: z.boolean(),
  authorUnverified: z.boolean(),
});
export const pause = z.object({ by: text, reason: text.nullable(), at: text });
export const window = z.object({
  open: z.boolean(),
  why: text,
  until: text.nullable(),
  startBy: text.nullable(),
  closes: text.nullable(),
  atClose: z.enum(['pause', 'finish', 'rollback']),
});
export const group = z.object({
  group: text.nullable(),
  state: text,
  machines: z.number().int(),
  batches: z.array(z.number().int()),
  batch: z.number().int().nullable(),
  soaksUntil: text.nullable(),
  failed: z.number().int().nullable(),
  maxFailed: z.number().int().nullable(),
  reason: text.nullable(),
});
export const url = z.object({ machine: text, port: z.number().int(), url: text });
export const commit = z.object({
  id: text,
  subject: text.nullable(),
  author: text.nullable(),
  at: text.nullable(),
  dirty: z.boolean(),
});
