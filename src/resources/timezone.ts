import type { Step } from '../model/index.js';
import { factKey, makeStep } from './step.js';
import { assertName } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedTimezone extends ResolvedCommon {
  readonly type: 'timezone';
  /** Name in the tz database, e.g. `Europe/Berlin`. */
  readonly timezone: string;
}

/** facts: stat of /etc/localtime. check: where it leads. apply: a new link renamed over it. undo: what it was. */
export function compileTimezone(resource: ResolvedTimezone): Step {
  const { id, timezone } = resource;
  assertName(timezone, /^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/, id);
  return makeStep({
    ...{ resource, undo: 'exact' },
    facts: [{ kind: 'stat', key: '/etc/localtime' }],
    variables: { timezone_name: timezone, timezone_key: factKey('stat', '/etc/localtime') },
    intent: { timezone },
  });
}
