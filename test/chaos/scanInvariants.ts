import type { DriftRow, ScanEntry } from '../../src/record/port.js';
import type { ReconcileReport } from '../../src/workflows/reconcileTypes.js';
import { isAligned, sightOf } from './sight.js';
import type { ScanPlan } from './watch.js';
import type { World } from './world.js';

/** A scan has ended well, the record knows its end, and both say the same of what was mended. */
export async function scanEnded(
  world: World,
  plan: ScanPlan,
  status: string,
  report: ReconcileReport | undefined,
): Promise<void> {
  if (status !== 'COMPLETED' || report === undefined) return world.violated(`a scan is ${status}`);
  const scans = (await world.record.real?.scans(world.environment, 100)) ?? [];
  for (const violation of lackingIn(scans, plan, report)) world.violated(violation);
  for (const violation of mendingLies(world, plan, report)) world.violated(violation);
}

function* lackingIn(
  scans: readonly ScanEntry[],
  { mode }: ScanPlan,
  report: ReconcileReport,
): Iterable<string> {
  const { scan, counts, mended } = report;
  const entry = scans.find((one) => one.scan === scan);
  if (entry === undefined) {
    yield `scan ${scan} has ended, and the record does not know`;
    return;
  }
  const applied = mended.machines.filter(({ outcome }) => outcome === 'applied').length;
  const said = [mode, JSON.stringify(counts), applied, mended.changeId ?? null];
  const kept = [entry.mode, JSON.stringify(entry.counts), entry.mended, entry.change];
  if (said.join() !== kept.join()) yield `scan ${scan} found ${said}, the record has ${kept}`;
}

function* mendingLies(world: World, { mode, maxMachines }: ScanPlan, { scan, mended }: ReconcileReport) {
  const { changeId, machines } = mended;
  if (mode === 'report' && (changeId !== undefined || machines.length > 0))
    yield `scan ${scan} may only report, and mends ${machines.map((one) => one.machine)}`;
  if (machines.length > maxMachines)
    yield `scan ${scan} mends ${machines.length}, its budget is ${maxMachines}`;
  for (const { machine, outcome } of machines) {
    if (outcome === 'owed' || outcome === 'unknown' || outcome === 'skipped') continue;
    const recorded = world.record.last(machine, changeId)?.outcome.outcome;
    if (recorded !== outcome) yield `${machine} is mended: ${outcome}, the record says ${recorded}`;
  }
}

/** Every change of a scan has ended, and what the record says of drift is so, unless something happened since. */
export async function recordedAtRest(world: World): Promise<void> {
  for (const change of world.record.changes.values())
    if (change.verb === 'reconcile' && !world.record.ended.has(change.id))
      world.violated(`change ${change.id} of a scan has no end in the record`);
  for (const row of (await world.record.real?.drift(world.environment)) ?? [])
    if (isOutdated(world, row))
      world.violated(`the record says ${row.machine} is ${row.state}, and it isn't`);
}

function isOutdated(world: World, { machine, state, at }: DriftRow): boolean {
  if (state !== 'aligned' && state !== 'drifted') return false;
  if ((state === 'aligned') === isAligned(sightOf(world, machine))) return false;
  const since = world.record.last(machine)?.since ?? '';
  return since <= at && !world.watch.isSpoiltSince(machine, Date.parse(at));
}
