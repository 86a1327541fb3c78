import { type Step, sha256Hex } from '../model/index.js';
import { factKey, flag, makeStep } from './step.js';
import { assertName, assertNoNul, assertPath } from './text.js';
import type { ResolvedUser } from './types.js';

const userNames = /^[a-z_][a-z0-9_-]{0,31}$/;

/** facts: passwd, group, digest of authorized_keys. apply: create or change, never the uid. undo: best effort. */
export function compileUser(resource: ResolvedUser): Step {
  const { id, user, shell, home, system, keys, absent } = resource;
  const groups = [...new Set(resource.groups)].sort();
  for (const name of [user, ...groups]) assertName(name, userNames, id);
  for (const path of [shell, home]) if (path !== undefined) assertPath(path, id);
  const lines = keys?.map((key) => `${key.trim()}\n`).join('');
  assertNoNul(lines, id);
  const keysSha = lines === undefined ? '' : sha256Hex(lines);
  return makeStep({
    ...{ resource, undo: 'best-effort' },
    facts: ['user', ...(lines === undefined ? [] : ['keys'])].map((kind) => ({ kind, key: user })),
    variables: {
      user_name: user,
      user_key: factKey('user', user),
      user_shell: shell ?? '',
      user_home: home ?? '',
      user_groups: groups.join(' '),
      user_system: flag(system),
      user_absent: flag(absent),
      user_keys_managed: flag(lines !== undefined),
      user_keys_sha: keysSha,
    },
    files: lines === undefined ? [] : [lines],
    intent: { user, shell, home, groups, system, keys: lines === undefined ? undefined : keysSha, absent },
  });
}
