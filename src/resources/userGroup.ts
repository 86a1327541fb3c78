import type { Step } from '../model/index.js';
import { flag, makeStep } from './step.js';
import { assertName } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedUserGroup extends ResolvedCommon {
  readonly type: 'userGroup';
  readonly userGroup: string;
  /** Fixed when the group is made; undefined: the next free one. */
  readonly gid?: number;
  readonly system: boolean;
  readonly absent: boolean;
}

/** facts: /etc/group. check: there, with that gid. apply: create or remove, never the gid. undo: best effort. */
export function compileUserGroup(resource: ResolvedUserGroup): Step {
  const { id, userGroup, gid, system, absent } = resource;
  assertName(userGroup, /^[a-z_][a-z0-9_-]{0,31}$/, id);
  return makeStep({
    ...{ resource, undo: 'best-effort' },
    // Numbers of users count where the next free one is looked for.
    facts: ['group', 'user'].map((kind) => ({ kind, key: userGroup })),
    variables: {
      group_name: userGroup,
      group_id: gid === undefined ? '' : String(gid),
      group_system: flag(system),
      group_absent: flag(absent),
    },
    intent: { userGroup, gid, system, absent },
  });
}
