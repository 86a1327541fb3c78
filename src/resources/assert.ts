import type { Step } from '../model/index.js';
import { exportFunction, makeStep } from './step.js';
import { assertNoNul, quoteWithSlots, slotsIn } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedAssert extends ResolvedCommon {
  readonly type: 'assert';
  /** What must be true, in words. */
  readonly assert: string;
  /** Shell text that exits 0 where it is. */
  readonly run: string;
  /** Values may hold slot tokens. */
  readonly env: Readonly<Record<string, string>>;
  /** What a failure says. */
  readonly message?: string;
  /** ms */
  readonly within: number;
}

/** check: the shell text, in checks as well. Never acts. */
export function compileAssert(resource: ResolvedAssert): Step {
  const { id, assert, run, env, message, within } = resource;
  for (const text of [run, message, ...Object.values(env)]) assertNoNul(text, id);
  const words = Object.entries(env).map(([name, value]) => [name, quoteWithSlots(value)]);
  return makeStep({
    ...{ resource, undo: 'exact', slots: slotsIn(...Object.values(env)) },
    variables: {
      assert_run: run,
      assert_message: message ?? '',
      assert_within: String(Math.max(1, Math.ceil(within / 1000))),
    },
    extra: [exportFunction('assert_env', Object.fromEntries(words))],
    intent: { assert, run, env, message, within },
  });
}
