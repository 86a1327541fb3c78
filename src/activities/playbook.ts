import { z } from 'zod';
import type { PlaybookFile, PlaybookOrder } from '../adapters/port.js';
import { type SlotValue, untar } from '../bundle/index.js';
import { type Digest, type Json, MillwrightError, slotPattern } from '../model/index.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** What compileAnsible wrote as the step's intent. */
const playbookIntent = z.object({
  id: z.string(),
  path: z.string(),
  playbook: digest,
  roles: z.string().optional(),
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64} \d+ bytes( executable)?$/)),
  requirements: digest.optional(),
  vars: z.record(z.string(), z.json()),
  timeoutMs: z.number().optional(),
});

const readable = z.object({ steps: z.array(z.object({ intent: z.looseObject({ id: z.string() }) })) });

export type Playbook = Pick<
  PlaybookOrder,
  'files' | 'playbook' | 'roles' | 'requirements' | 'vars' | 'secrets' | 'timeoutMs'
>;

/** The playbook of a step, out of the bundle's tar, with late values filled in. MW-RUN-BROKEN where there is none. */
export function playbookOf(tar: Uint8Array, step: string, slots: readonly SlotValue[]): Playbook {
  const members = untar(tar);
  const content = (name: Digest): Uint8Array => members.get(`files/${name}`) ?? lacking(step, name);
  const plan = readable.parse(
    JSON.parse(Buffer.from(members.get('plan.json') ?? lacking(step, 'plan')).toString()),
  );
  const found = plan.steps.find(({ intent }) => intent.id === step)?.intent ?? lacking(step, 'step');
  const { path, roles, files, requirements, vars, timeoutMs = 3_600_000 } = playbookIntent.parse(found);
  return {
    ...{ playbook: path, roles, timeoutMs },
    files: Object.entries(files).map(([name, text]) => fileOf(name, text, content)),
    requirements: requirements === undefined ? undefined : content(requirements),
    vars: filled(vars, new Map(slots.map((one) => [one.name, textOf(one)]))) as Record<string, Json>,
    secrets: slots.filter(({ secret }) => secret).map(textOf),
  };
}

const fileOf = (path: string, text: string, content: (name: Digest) => Uint8Array): PlaybookFile => ({
  path,
  bytes: content(text.slice(0, 64)),
  executable: text.endsWith(' executable'),
});

const textOf = ({ value }: SlotValue): string =>
  typeof value === 'string' ? value : Buffer.from(value).toString('utf8');

/** Texts with the values of their slots, however deep they stand. */
function filled(value: Json, values: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string')
    return value.replace(slotPattern, (token, name: string) => values.get(name) ?? token);
  if (Array.isArray(value)) return value.map((one) => filled(one, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one ?? null, values)]));
}

function lacking(step: string, what: string): never {
  throw new MillwrightError(
    { code: 'MW-RUN-BROKEN', cause: 'machine', message: `the bundle has no ${what} of ${step}`, step },
    false,
  );
}
