import { CancellationScope, setCurrentDetails } from '@temporalio/workflow';
import type { ScanJudgement } from '../activities/types.js';
import { control } from './activities.js';
import { mend } from './mend.js';
import type { Mended, ReconcileInput, ReconcileReport } from './reconcileTypes.js';
import { scanPage } from './scan.js';
import { beginScan, type Scan } from './scanState.js';

/**
 * Compares the machines of one site with what they were admitted to, and records what it finds; in `enforce` it brings
 * drifted ones back. It never waits for anybody: whoever else works on a machine keeps it.
 */
export async function reconcile(input: ReconcileInput): Promise<ReconcileReport> {
  const scan = beginScan(input);
  await lookAtAll(scan);
  const judged = await control.closeScan({ ...scan.ref, at: scan.startedAt });
  setCurrentDetails(textOf(judged));
  const mended = await mend(scan, judged);
  await CancellationScope.nonCancellable(() => note(scan, judged, mended));
  return {
    ...{ scan: scan.ref.scan, counts: judged.counts, mended },
    drifted: judged.drifted.slice(0, namedAtMost).map(({ machine, steps }) => ({ machine, steps })),
  };
}

const namedAtMost = 50;

async function lookAtAll(scan: Scan): Promise<void> {
  let after: string | undefined;
  do {
    after = await scanPage(scan, after);
  } while (after !== undefined && scan.stop === undefined);
}

const note = (scan: Scan, { counts }: ScanJudgement, mended: Mended): Promise<void> =>
  control.endScan({
    ...{ ...scan.ref, mode: scan.input.mode, startedAt: scan.startedAt, counts },
    endedAt: new Date().toISOString(),
    mended: mended.machines.filter(({ outcome }) => outcome === 'applied').length,
    change: mended.changeId ?? null,
  });

const textOf = ({ counts }: ScanJudgement): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
