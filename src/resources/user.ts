import { type Step, sha256Hex } from '../model/index.js';
import { factKey, flag, makeStep, shellFunction } from './step.js';
import { assertName, assertNoNul, assertPath, quoteWithSlots, slotsIn } from './text.js';
import type { ResolvedUser } from './types.js';

const userNames = /^[a-z_][a-z0-9_-]{0,31}$/;

/** Text of the entry in /etc/passwd. */
const comments = /^[^:\u0000-\u001f\u007f]{0,200}$/;

/** facts: passwd, group, shadow, digest of authorized_keys. apply: create or change, never the uid. undo: best effort. */
export function compileUser(resource: ResolvedUser): Step {
  const { id, user, shell, home, uid, comment, passwordHash, system, keys, absent } = resource;
  const groups = [...new Set(resource.groups)].sort();
  for (const name of [user, ...groups]) assertName(name, userNames, id);
  for (const path of [shell, home]) if (path !== undefined) assertPath(path, id);
  if (comment !== undefined) assertName(comment, comments, id);
  assertNoNul(passwordHash, id);
  const lines = keys?.map((key) => `${key.trim()}\n`).join('');
  assertNoNul(lines, id);
  const keysSha = lines === undefined ? '' : sha256Hex(lines);
  return makeStep({
    ...{ resource, undo: 'best-effort', slots: slotsIn(passwordHash) },
    facts: [
      'user',
      ...(lines === undefined ? [] : ['keys']),
      ...(passwordHash === undefined ? [] : ['shadow']),
    ].map((kind) => ({ kind, key: user })),
    variables: {
      user_name: user,
      user_key: factKey('user', user),
      user_shell: shell ?? '',
      user_home: home ?? '',
      user_uid: uid === undefined ? '' : String(uid),
      user_comment: comment ?? '',
      user_comment_managed: flag(comment !== undefined),
      user_password_managed: flag(passwordHash !== undefined),
      user_groups: groups.join(' '),
      user_system: flag(system),
      user_absent: flag(absent),
      user_keys_managed: flag(lines !== undefined),
      user_keys_sha: keysSha,
    },
    extra: [shellFunction('user_password', [`user_hash=${quoteWithSlots(passwordHash ?? '')}`])],
    files: lines === undefined ? [] : [lines],
    intent: {
      ...{ user, shell, home, uid, comment, passwordHash, groups, system, absent },
      keys: lines === undefined ? undefined : keysSha,
    },
  });
}
