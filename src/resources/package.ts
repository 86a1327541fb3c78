import type { Step } from '../model/index.js';
import { factKey, flag, makeStep } from './step.js';
import { assertName } from './text.js';
import type { ResolvedPackage } from './types.js';

/** facts: one dpkg-query. check: state and version. apply: apt-get install, or dpkg --remove. undo: best effort. */
export function compilePackage(resource: ResolvedPackage): Step {
  const { id, name, version, absent } = resource;
  assertName(name, /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?$/, id);
  if (version !== undefined) assertName(version, /^[A-Za-z0-9][A-Za-z0-9.+~:*-]*$/, id);
  return makeStep({
    ...{ resource, undo: 'best-effort' },
    facts: [{ kind: 'dpkg', key: name }],
    variables: {
      package_name: name,
      package_key: factKey('dpkg', name),
      package_version: version ?? '',
      package_absent: flag(absent),
    },
    intent: { name, version, absent },
  });
}
