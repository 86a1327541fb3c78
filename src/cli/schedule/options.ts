import type { ScheduleSpec } from '../../activities/types.js';
import { parseDuration } from '../../model/index.js';
import { usageError } from '../errors.js';
import { positive } from '../numbers.js';
import type { ScheduleOptions } from './verbs.js';

/** Scans of thousands of machines that come every few seconds would never do anything but overlap. */
const [shortest, longest] = [60_000, 30 * 24 * 3_600_000];

export function specified({
  every,
  mode,
  maxMachines,
}: ScheduleOptions): Pick<ScheduleSpec, 'everyMs' | 'mode' | 'maxMachines'> {
  const everyMs = parseDuration(every);
  if (everyMs === undefined || everyMs < shortest || everyMs > longest)
    throw usageError(
      `--every ${every} is no time to come again after.`,
      'Write 1m or more, at most 30d: 30m, 6h, 1d.',
    );
  if (mode !== 'report' && mode !== 'enforce')
    throw usageError(`--mode ${mode} is none.`, 'Write report or enforce.');
  return { everyMs, mode, maxMachines: positive(maxMachines, '--max-machines') };
}
