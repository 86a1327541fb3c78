import type { Step } from '../model/index.js';
import { flag, makeStep } from './step.js';
import { assertPath } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedReboot extends ResolvedCommon {
  readonly type: 'reboot';
  /** What for, in words. */
  readonly reboot: string;
  /** The file that asks for it. */
  readonly ifFileExists: string;
  /** Once in every change, whether anything asks for it or not. */
  readonly always: boolean;
  /** How long the machine may take to be back, ms. */
  readonly within: number;
}

/** check: whether it is asked for. apply: noted durably, then ordered; a new boot id proves it when the run goes on. */
export function compileReboot(resource: ResolvedReboot): Step {
  const { id, reboot, ifFileExists, always, within } = resource;
  assertPath(ifFileExists, id);
  return makeStep({
    // There is nothing to take back: what only a boot brings stays until the next one.
    ...{ resource, undo: 'best-effort' },
    variables: {
      reboot_file: ifFileExists,
      reboot_always: flag(always),
      reboot_within: String(Math.ceil(within / 1000)),
    },
    intent: { reboot, ifFileExists, always, within },
  });
}
