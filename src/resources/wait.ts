import type { Step } from '../model/index.js';
import { exportFunction, makeStep } from './step.js';
import { assertName, assertNoNul, assertPath, quoteWithSlots, slotsIn } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedWait extends ResolvedCommon {
  readonly type: 'wait';
  /** What is waited for, in words. */
  readonly wait: string;
  readonly tcp?: number;
  readonly host: string;
  readonly path?: string;
  readonly run?: string;
  /** Values may hold slot tokens. */
  readonly env: Readonly<Record<string, string>>;
  /** A plain pause, ms. */
  readonly for?: number;
  /** How long what is waited for may take, ms. */
  readonly within: number;
}

/** check: waits, but not in a check. Never acts. */
export function compileWait(resource: ResolvedWait): Step {
  const { id, wait, tcp, host, path, run, env, within } = resource;
  assertName(host, /^[A-Za-z0-9][A-Za-z0-9.:-]*$/, id);
  if (path !== undefined) assertPath(path, id);
  for (const text of [run, ...Object.values(env)]) assertNoNul(text, id);
  const kind = tcp !== undefined ? 'tcp' : path !== undefined ? 'path' : run !== undefined ? 'run' : 'pause';
  return makeStep({
    ...{ resource, undo: 'exact', slots: slotsIn(...Object.values(env)) },
    variables: {
      wait_kind: kind,
      wait_port: String(tcp ?? ''),
      wait_host: host,
      wait_path: path ?? '',
      wait_run: run ?? '',
      wait_pause: String(resource.for ?? 0),
      wait_within: String(within),
    },
    extra: [exportFunction('wait_env', filled(env))],
    intent: { wait, tcp, host, path, run, env, for: resource.for, within },
  });
}

const filled = (env: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, quoteWithSlots(value)]));
