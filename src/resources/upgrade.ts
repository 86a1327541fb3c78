import type { Step } from '../model/index.js';
import { makeStep } from './step.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedUpgrade extends ResolvedCommon {
  readonly type: 'upgrade';
  readonly upgrade: 'all';
  /** Age of the package index beyond which it is fetched anew, ms. */
  readonly refresh: number;
}

/** check: what is pending by the index that is here. apply: all of it, nothing removed. No undo. */
export function compileUpgrade(resource: ResolvedUpgrade): Step {
  const { upgrade, refresh } = resource;
  return makeStep({
    ...{ resource, undo: 'none' },
    variables: { package_refresh: minutes(refresh) },
    intent: { upgrade, refresh },
  });
}

/** For `find -mmin`: whole minutes; 0 is never young enough. */
export const minutes = (ms: number): string => String(Math.ceil(ms / 60_000));
