import type { Step } from '../model/index.js';
import { factKey, flag, makeStep } from './step.js';
import { assertName, assertPath, refuse } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedGit extends ResolvedCommon {
  readonly type: 'git';
  /** Directory of the working copy. */
  readonly git: string;
  readonly repo: string;
  /** Branch, tag or whole commit. */
  readonly ref: string;
  readonly as?: string;
  /** Changes made by hand are lost. */
  readonly force: boolean;
}

/**
 * facts: stat. check: HEAD, and what the ref names now. apply: fetched and checked out, nothing of it run. undo: the old
 * commit, or nothing; what `force` gave up is gone.
 */
export function compileGit(resource: ResolvedGit): Step {
  const { id, git, repo, ref, as, force } = resource;
  assertPath(git, id);
  if (git.split('/').length < 3)
    refuse('MW-MANIFEST-PATH', id, `${git} is too near the root for a working copy`);
  assertName(repo, /^(?!-)[^\s\\\u0000-\u001f\u007f]+$/, id);
  assertName(ref, /^(?![-./])(?!.*(?:\.\.|\/\/|\/$|\.lock$))[A-Za-z0-9_./+-]+$/, id);
  if (as !== undefined) assertName(as, /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, id);
  return makeStep({
    ...{ resource, undo: force ? 'best-effort' : 'exact' },
    facts: [{ kind: 'stat', key: git }],
    variables: {
      git_path: git,
      git_key: factKey('stat', git),
      git_repo: repo,
      git_ref: ref,
      git_commit: flag(/^[0-9a-f]{40}$/.test(ref)),
      git_as: as ?? '',
      git_force: flag(force),
    },
    intent: { git, repo, ref, as, force },
  });
}
