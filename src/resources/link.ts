import type { Step } from '../model/index.js';
import { factKey, flag, makeStep } from './step.js';
import { assertPath } from './text.js';
import type { ResolvedLink } from './types.js';

/** facts: stat with the target. check: what it points to. apply: a new link renamed over it. undo: the old target. */
export function compileLink(resource: ResolvedLink): Step {
  const { id, link, to, absent } = resource;
  assertPath(link, id);
  if (to !== undefined) assertPath(to.startsWith('/') ? to : `/${to.replace(/^(\.{1,2}\/)+/, '')}`, id);
  return makeStep({
    ...{ resource, undo: 'exact' },
    facts: [{ kind: 'stat', key: link }],
    variables: {
      link_path: link,
      link_key: factKey('stat', link),
      link_to: to ?? '',
      link_absent: flag(absent),
    },
    intent: { link, to, absent },
  });
}
