import type { Step } from '../model/index.js';
import { factKey, flag, makeStep } from './step.js';
import { assertName } from './text.js';
import type { ResolvedPackage } from './types.js';
import { minutes } from './upgrade.js';

const REFRESH_MS = 3_600_000;

/** facts: one query for all packages. check: state, version, hold. apply: apt, dnf or apk. undo: best effort. */
export function compilePackage(resource: ResolvedPackage): Step {
  const { id, name, version, hold, refreshMs = REFRESH_MS, absent } = resource;
  assertName(name, /^[A-Za-z0-9][A-Za-z0-9+._-]*(:[a-z0-9-]+)?$/, id);
  if (version !== undefined) assertName(version, /^[A-Za-z0-9][A-Za-z0-9.+~:*_^-]*$/, id);
  return makeStep({
    ...{ resource, undo: 'best-effort' },
    facts: [{ kind: 'package', key: name }],
    variables: {
      package_name: name,
      package_key: factKey('package', name),
      package_version: version ?? '',
      package_absent: flag(absent),
      package_hold: hold === undefined ? '' : flag(hold),
      package_refresh: minutes(refreshMs),
    },
    // Only what is said counts: a package that was declared before keeps its hash.
    intent: { name, version, hold, refreshMs: refreshMs === REFRESH_MS ? undefined : refreshMs, absent },
  });
}
