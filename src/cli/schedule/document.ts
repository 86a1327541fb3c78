import type { ScheduleDescription } from '@temporalio/client';
import type { ScanCounts, ScanEntry } from '../../record/port.js';
import { specOf } from '../../workflows/reconcileStart.js';

/** What `schedule -o json` prints. */
export interface ScheduleDocument {
  readonly schema: 'millwright/schedule/v1';
  readonly fleet: string;
  readonly environment: string;
  readonly schedules: readonly ScheduleEntry[];
}
export interface ScheduleEntry {
  /** Temporal's id of it. */
  readonly id: string;
  readonly site: string;
  readonly everyMs: number;
  readonly mode: 'report' | 'enforce';
  readonly maxMachines: number;
  /** Who it is from: the next run puts the manifest's own as it says. */
  readonly origin: 'manifest' | 'person';
  readonly state: 'active' | 'paused' | 'deleted';
  /** Who paused or resumed it last, and why. */
  readonly note: string | null;
  /** Workflow of the scan that is at work. */
  readonly running: string | null;
  readonly nextAt: string | null;
  /** The last one that came to its end. */
  readonly lastScan: LastScan | null;
}
export interface LastScan {
  readonly scan: string;
  readonly mode: 'report' | 'enforce';
  readonly startedAt: string;
  readonly endedAt: string;
  readonly counts: ScanCounts;
  readonly mended: number;
  /** Number of the run that mended; null: none was to be. */
  readonly run: number | null;
}

export function scheduleEntry(
  described: ScheduleDescription,
  last: ScanEntry | undefined,
  runs: ReadonlyMap<string, number>,
): ScheduleEntry {
  const { scheduleId: id, state, info } = described;
  const { site, everyMs, mode, maxMachines, origin } = specOf(described);
  const [next] = info.nextActionTimes;
  return {
    ...{ id, site, everyMs, mode, maxMachines, origin },
    state: state.paused ? 'paused' : 'active',
    note: state.note === undefined || state.note === '' ? null : state.note,
    running: info.runningActions[0]?.workflow.workflowId ?? null,
    nextAt: next === undefined || state.paused ? null : next.toISOString(),
    lastScan: last === undefined ? null : lastScan(last, runs),
  };
}

const lastScan = (entry: ScanEntry, runs: ReadonlyMap<string, number>): LastScan => {
  const { scan, mode, startedAt, endedAt, counts, mended, change } = entry;
  return {
    ...{ scan, mode, startedAt, endedAt, counts, mended },
    run: change === null ? null : (runs.get(change) ?? null),
  };
};
