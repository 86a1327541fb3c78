import type { Step } from '../model/index.js';
import { factKey, flag, makeStep } from './step.js';
import { assertName } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedSwap extends ResolvedCommon {
  readonly type: 'swap';
  /** Path of a block device, or of a file of `size`. */
  readonly swap: string;
  /** MiB; undefined: a block device. */
  readonly size?: number;
  readonly absent: boolean;
}

/** facts: blkid, /proc/swaps, /etc/fstab, size. apply: mkswap only where nothing is, swapon. undo: as it was. */
export function compileSwap(resource: ResolvedSwap): Step {
  const { id, swap, size, absent } = resource;
  assertName(swap, /^(\/[A-Za-z0-9_@:+-][A-Za-z0-9_.@:+-]*)+$/, id);
  return makeStep({
    ...{ resource, undo: 'best-effort' },
    facts: [
      { kind: 'block', key: swap },
      { kind: 'swapsize', key: swap },
      { kind: 'whole', key: '/etc/fstab' },
      { kind: 'whole', key: '/proc/swaps' },
    ],
    variables: {
      swap_path: swap,
      swap_key: factKey('block', swap),
      swap_size: String(size ?? ''),
      swap_absent: flag(absent),
      swap_entry: absent ? '' : `${swap} none swap sw,nofail 0 0`,
      fstab_key: factKey('whole', '/etc/fstab'),
      swap_active_key: factKey('whole', '/proc/swaps'),
    },
    intent: { swap, size, absent },
  });
}
