import type { ScheduleSpec } from '../../activities/types.js';
import { parseDuration } from '../../model/index.js';
import { usageError } from '../errors.js';
import { positive } from '../numbers.js';
import type { ScheduleOptions } from './verbs.js';

/** Scans of thousands of machines that come every few seconds would never do anything but overlap. */
const shortest = 60_000;

export function specified({
  every,
  mode,
  maxMachines,
}: ScheduleOptions): Pick<ScheduleSpec, 'everyMs' | 'mode' | 'maxMachines'> {
  const everyMs = parseDuration(every);
  if (everyMs === undefined || everyMs < shortest)
    throw usageError(`--every ${every} is no time to come again after.`, 'Write 1m or more: 30m, 6h, 1d.');
  if (mode !== 'report' && mode !== 'enforce')
    throw usageError(`--mode ${mode} is none.`, 'Write report or enforce.');
  return { everyMs, mode, maxMachines: positive(maxMachines, '--max-machines') };
}
