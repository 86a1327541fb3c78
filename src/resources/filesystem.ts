import type { Step } from '../model/index.js';
import { factKey, makeStep } from './step.js';
import { assertName, assertPath } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedFilesystem extends ResolvedCommon {
  readonly type: 'filesystem';
  /** Path of a block device. */
  readonly filesystem: string;
  readonly fstype: 'ext4' | 'ext3' | 'ext2' | 'xfs' | 'btrfs' | 'vfat';
  readonly label?: string;
}

/** facts: blkid. apply: mkfs, only where nothing is. Not repeatable: half of one looks like a whole one. No undo. */
export function compileFilesystem(resource: ResolvedFilesystem): Step {
  const { id, filesystem: device, fstype, label } = resource;
  assertPath(device, id);
  if (label !== undefined) assertName(label, /^[A-Za-z0-9][A-Za-z0-9_.-]{0,10}$/, id);
  return makeStep({
    ...{ resource, undo: 'none', repeatable: false },
    facts: [{ kind: 'block', key: device }],
    variables: {
      filesystem_device: device,
      filesystem_key: factKey('block', device),
      filesystem_type: fstype,
      filesystem_label: label ?? '',
      filesystem_label_flag: fstype === 'vfat' ? '-n' : '-L',
    },
    intent: { device, fstype, label },
  });
}
