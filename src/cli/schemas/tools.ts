import { z } from 'zod';
import type { DoctorDocument, ErrorDocument, EventDocument } from '../../report/index.js';
import type { LogLine } from '../logLines.js';
import { failure, name, text, time } from './parts.js';

export const doctor = z.object({
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

export const error = z.object({
  schema: name('error'),
  code: text,
  cause: text.nullable(),
  message: text,
  detail: z.array(text),
  remedy: text.nullable(),
  exit: z.number().int(),
}) satisfies z.ZodType<ErrorDocument>;

export const event = z.object({
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
  group: text.nullable(),
}) satisfies z.ZodType<EventDocument>;

export const problem = z.object({
  file: text,
  line: z.number().int(),
  column: z.number().int(),
  path: text,
  message: text,
  remedy: text.nullable(),
});
export const validate = z.looseObject({
  schema: name('validate'),
  ok: z.boolean(),
  problems: z.array(problem),
  warnings: z.array(problem),
});

export const log = z.object({
  schema: name('log'),
  machine: text,
  run: z.number().int(),
  source: text,
  text,
}) satisfies z.ZodType<LogLine>;

export const exec = z.object({
  schema: name('exec'),
  machines: z.array(
    z.object({
      machine: text,
      code: z.number().nullable(),
      stdout: text,
      stderr: text,
      failure: failure.nullable(),
    }),
  ),
});

export const attribute = z.object({ name: text, value: text, long: z.boolean() });
export const render = z.object({
  schema: name('render'),
  fleet: text,
  environment: text,
  machines: z.array(
    z.object({
      machine: text,
      bundle: text,
      parts: z.array(
        z.object({ id: text, kind: z.enum(['step', 'verify']), type: text, attributes: z.array(attribute) }),
      ),
    }),
  ),
});

export const dev = z.object({
  schema: name('dev'),
  state: text,
  running: z.boolean(),
  pid: z.number().int().nullable(),
  ready: z.boolean(),
  server: z.object({ pid: z.number().int(), address: text, answers: z.boolean() }).nullable(),
  ui: text.nullable(),
});

export const version = z.object({
  schema: name('version'),
  version: text,
  node: text,
  temporalSdk: text,
  platform: text,
});
export const init = z.object({ schema: name('init'), directory: text, files: z.array(text) });
export const imported = z.object({
  schema: name('import'),
  file: text,
  groups: z.number(),
  machines: z.number(),
  missingHostKeys: z.array(z.object({ machine: text, why: text })),
  keyFiles: z.array(text),
  notCarriedOver: z.array(text),
});
/** `text` for keys and codes, `candidates` for vars, `uses` for resources. */
export const explain = z.looseObject({ schema: name('explain'), what: text });
