import { machineList } from '../../report/index.js';
import type { RecordedMachine } from '../candidates.js';
import { refused, usageError } from '../errors.js';
import { emitOperated, operateDocument, snapshotTable } from './document.js';
import { choose, type Desk, operate, type Selection } from './operate.js';

export async function createSnapshots(
  desk: Desk,
  selection: Selection,
  wanted: string | undefined,
): Promise<number> {
  const name = wanted === undefined ? nameOfNow(new Date()) : checkedName(wanted);
  const chosen = await choose(desk, selection);
  refuseKept(chosen);
  const operation = { kind: 'snapshot', order: 'create', name } as const;
  const outcome = await operate(desk, chosen, operation, selection.maxParallel);
  return emitOperated(desk.context, await operateDocument(desk, 'snapshot create', outcome));
}

export async function listSnapshots(desk: Desk, selection: Selection): Promise<number> {
  const chosen = await choose(desk, selection);
  const outcome = await operate(desk, chosen, { kind: 'snapshots' }, selection.maxParallel);
  return emitOperated(desk.context, await operateDocument(desk, 'snapshot list', outcome), snapshotTable);
}

export async function deleteSnapshots(
  desk: Desk,
  selection: Selection,
  wanted: string | undefined,
): Promise<number> {
  if (wanted === undefined)
    throw usageError('Which snapshot is to be deleted?', 'millwright snapshot list shows them.');
  const operation = { kind: 'snapshot', order: 'delete', name: checkedName(wanted) } as const;
  const chosen = await choose(desk, selection);
  const outcome = await operate(desk, chosen, operation, selection.maxParallel);
  return emitOperated(desk.context, await operateDocument(desk, 'snapshot delete', outcome));
}

/** A snapshot leaves kept disks out: put back, the machine would disagree with its own data. */
export function refuseKept(chosen: readonly RecordedMachine[]): void {
  const kept = chosen.filter((one) => (one.row.instance?.keptDisks ?? []).length > 0);
  if (kept.length === 0) return;
  const disks = kept.flatMap((one) =>
    (one.row.instance?.keptDisks ?? []).map((disk) => `${one.machine}:${disk}`),
  );
  throw refused(
    'MW-REFUSED-SNAPSHOT',
    `${machineList(kept.map((one) => one.machine))} ${kept.length === 1 ? 'keeps disks' : 'keep disks'} (${disks.join(', ')}) that no snapshot contains: put back, the machine would disagree with its own data. Nothing was done.`,
    'Back up what is on the disk by its own means, such as pg_dump.',
  );
}

/** `s-20260301-180000`, in UTC. */
export const nameOfNow = (now: Date): string =>
  `s-${now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}`;

export function checkedName(name: string): string {
  if (/^[a-z0-9]([a-z0-9._-]{0,38}[a-z0-9])?$/.test(name)) return name;
  throw usageError(
    `${name} is no name for a snapshot.`,
    'At most 40 of a-z, 0-9, dots, dashes and underscores, such as before-upgrade.',
  );
}
