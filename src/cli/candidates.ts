import { loadFleet } from '../manifest/index.js';
import type { EnvironmentRef } from '../model/index.js';
import type { MachineRow, RunRecord } from '../record/port.js';
import { type Candidate, selectTargets } from './targets.js';

export interface RecordedMachine extends Candidate {
  readonly row: MachineRow;
}

/** Recorded machines that TARGETs name; labels are those of the manifest as it stands, where it can be read. */
export async function chooseRecorded(
  record: RunRecord,
  environment: EnvironmentRef,
  patterns: readonly string[],
  except: readonly string[] = [],
): Promise<RecordedMachine[]> {
  const rows = (await record.machines(environment)).filter((row) => row.lastOutcome !== 'destroyed');
  const labels = patterns.some((one) => one.includes('=')) ? await labelsOf(environment) : {};
  const drifted = await driftedMachines(record, environment);
  const candidates = candidatesOf(rows, labels).map((one) => ({ ...one, drifted: drifted.has(one.machine) }));
  return selectTargets(patterns, except, candidates);
}

/** Names of machines that are known to have drifted. */
export const driftedMachines = async (
  record: Pick<RunRecord, 'drift'>,
  environment: EnvironmentRef,
): Promise<ReadonlySet<string>> =>
  new Set((await record.drift(environment)).filter((one) => one.since !== null).map((one) => one.machine));

/** `labels`: by group, and by `group/machine` for those of one machine. */
export const candidatesOf = (
  rows: readonly MachineRow[],
  labels: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): RecordedMachine[] =>
  rows
    .map((row) => ({
      machine: row.ref.machine,
      group: row.group,
      labels: { ...labels[row.group], ...labels[`${row.group}/${row.ref.machine}`] },
      outcome: row.lastOutcome,
      debts: row.debts,
      row,
    }))
    .sort((a, b) => a.machine.localeCompare(b.machine, 'en', { numeric: true }));

async function labelsOf({
  environment,
}: EnvironmentRef): Promise<Record<string, Readonly<Record<string, string>>>> {
  const result = await loadFleet({ dir: process.cwd(), environment });
  if (!result.ok) return {};
  return Object.fromEntries(
    Object.entries(result.fleet.manifest.groups).flatMap(([name, { labels, machines = {} }]) => [
      [name, labels],
      ...Object.entries(machines).map(([machine, own]) => [`${name}/${machine}`, own.labels]),
    ]),
  );
}
