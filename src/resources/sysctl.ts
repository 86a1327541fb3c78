import type { Step } from '../model/index.js';
import { factKey, makeStep } from './step.js';
import { assertName, assertNoNul, assertPath } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedSysctl extends ResolvedCommon {
  readonly type: 'sysctl';
  /** As sysctl(8) writes it: `vm.swappiness`, or with slashes where a part holds a dot. */
  readonly sysctl: string;
  readonly value: string;
}

/** facts: the live value, the file's text. apply: live value, then the file. undo: both as they were. */
export function compileSysctl(resource: ResolvedSysctl): Step {
  const { id, sysctl } = resource;
  assertName(sysctl, /^[a-z0-9_]+([./][A-Za-z0-9_.:@-]+)+$/, id);
  assertNoNul(resource.value, id);
  // One line of a file; a tab is a blank as well.
  assertName(resource.value, /^[^\u0000-\u0008\u000a-\u001f\u007f]+$/, id);
  const path = livePath(sysctl);
  assertPath(path, id);
  const file = `/etc/sysctl.d/zz-millwright-${sysctl.replaceAll('/', '.')}.conf`;
  const value = resource.value.trim().split(/\s+/).join(' ');
  return makeStep({
    ...{ resource, undo: 'exact' },
    facts: [
      { kind: 'sysctl', key: path },
      { kind: 'whole', key: file },
    ],
    variables: {
      sysctl_path: path,
      sysctl_key: factKey('sysctl', path),
      sysctl_file: file,
      sysctl_file_key: factKey('whole', file),
      sysctl_value: value,
      sysctl_text: `${sysctl} = ${value}\n`,
    },
    intent: { sysctl, value },
  });
}

/** The first separator says what stands between the parts; the other one is then part of a name. */
function livePath(sysctl: string): string {
  if (/^[^.]*\//.test(sysctl)) return `/proc/sys/${sysctl}`;
  const swapped = sysctl.replace(/[./]/g, (char) => (char === '.' ? '/' : '.'));
  return `/proc/sys/${swapped}`;
}
