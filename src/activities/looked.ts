import { type FailureInfo, workflowId } from '../model/index.js';
import type { DriftEntry, MachineRow } from '../record/port.js';
import { readTarget } from '../store/documents.js';
import type { Store } from '../store/port.js';
import { Admissions } from './admissions.js';
import type { ControlDeps } from './deps.js';
import { failed, finding } from './finding.js';
import type { LookResult, ReconcileActivities } from './types.js';

interface Looked {
  readonly machine: string;
  readonly look?: LookResult;
  readonly failure?: FailureInfo;
}

/** What a person's check found is as good as a scan's, unless a rollout was at work beside it. */
export async function putLooked(
  deps: ControlDeps,
  { check, at, results, ...environment }: Parameters<ReconcileActivities['putLooked']>[0],
): Promise<void> {
  if ((await deps.holder(workflowId.rollout(environment))).running) return;
  const looked = await read(deps.store, results);
  const rows = new Map((await deps.record.machines(environment)).map((row) => [row.ref.machine, row]));
  const admissions = new Admissions(deps, environment);
  const entries: DriftEntry[] = [];
  for (const one of looked) {
    const row = rows.get(one.machine);
    const entry = row && (await entryOf(deps.store, admissions, row, one));
    if (entry !== undefined) entries.push({ ...entry, scan: check, at });
  }
  await deps.record.putDrift(environment, entries);
}

async function read(store: Store, digest: string): Promise<Looked[]> {
  const text = Buffer.from(await store.get(digest)).toString('utf8');
  return JSON.parse(text.slice(text.indexOf('\n') + 1)) as Looked[];
}

/** Undefined: what it was admitted to isn't known, so nothing can be said. */
async function entryOf(
  store: Store,
  admissions: Admissions,
  row: MachineRow,
  { machine, look, failure }: Looked,
): Promise<Omit<DriftEntry, 'scan' | 'at'> | undefined> {
  if (look === undefined) return failure && { machine, ...failed(failure) };
  const admission = await admissions.of(row);
  if (typeof admission === 'string') return undefined;
  const target = await readTarget(store, admission.target);
  return { machine, assigned: admission.bundle, ...finding(target, look) };
}
