import type { Step } from '../model/index.js';
import { factKey, flag, makeStep } from './step.js';
import { assertName, assertPath } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedMount extends ResolvedCommon {
  readonly type: 'mount';
  /** Path of the folder. */
  readonly mount: string;
  /** As fstab(5) has it: a device, `UUID=…`, `host:/path`; undefined only where it is absent. */
  readonly device?: string;
  readonly fstype: string;
  /** Undefined: `defaults`, and `nofail` unless that was declined. */
  readonly options?: readonly string[];
  readonly nofail: boolean;
  readonly absent: boolean;
}

/** facts: /etc/fstab, what is mounted. apply: the entry, then mount, remount or umount. undo: both as they were. */
export function compileMount(resource: ResolvedMount): Step {
  const { id, mount, device = 'none', fstype, absent } = resource;
  assertPath(mount, id);
  const options = optionsOf(resource);
  assertName(device, /^[^\s#\u0000-\u001f\u007f][^\s\u0000-\u001f\u007f]*$/, id);
  for (const word of [fstype, ...options]) assertName(word, /^[A-Za-z0-9_.][A-Za-z0-9_.:=/@%+-]*$/, id);
  const pass = /^ext[234]$/.test(fstype) ? 2 : 0;
  const fields = [escaped(device), escaped(mount), fstype, options.join(','), 0, pass];
  return makeStep({
    ...{ resource, undo: 'exact' },
    facts: [
      { kind: 'whole', key: '/etc/fstab' },
      { kind: 'whole', key: '/proc/self/mounts' },
    ],
    variables: {
      fstab_key: factKey('whole', '/etc/fstab'),
      mount_key: factKey('whole', '/proc/self/mounts'),
      mount_path: mount,
      mount_field: escaped(mount),
      mount_device: device,
      mount_type: fstype,
      mount_options: options.join(' '),
      mount_entry: absent ? '' : fields.join(' '),
      mount_absent: flag(absent),
    },
    intent: absent ? { mount, absent } : { mount, device, fstype, options, absent },
  });
}

/** An option that an expression made cannot be judged earlier, so nofail is there whatever was written. */
function optionsOf({ options = ['defaults'], nofail }: ResolvedMount): readonly string[] {
  return nofail && !options.includes('nofail') ? [...options, 'nofail'] : options;
}

/** As fstab(5) and /proc/self/mounts spell what would end a field. */
const escaped = (text: string): string =>
  text
    .replace(/[ #\\]/g, (char) => `\\0${char.charCodeAt(0).toString(8).padStart(2, '0')}`)
    .replaceAll('\\0134', '\\134');
