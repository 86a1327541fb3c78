import { type EnvironmentRef, workflowId } from '../model/index.js';
import type { MachineRow, ScanCounts, ScannedMachine } from '../record/port.js';
import { type Admission, Admissions } from './admissions.js';
import { attempt } from './attempt.js';
import type { ControlDeps } from './deps.js';
import { putDocument } from './documents.js';
import { free } from './free.js';
import { putLooked } from './looked.js';
import { admit } from './mend.js';
import { scanDomain } from './scan.js';
import type { MachineTask, ReconcileActivities, ScanJudgement, ScanPage, ScanPageInput } from './types.js';

/** What scans ask of control. */
export const reconciling = (deps: ControlDeps): ReconcileActivities => ({
  scanPage: (input) => attempt(() => scanPage(deps, input)),
  putScanned: ({ scan, at, machines, ...environment }) =>
    attempt(() =>
      deps.record.putDrift(
        environment,
        machines.map((one) => ({ ...one, scan, at })),
      ),
    ),
  closeScan: (input) => attempt(() => closeScan(deps, input)),
  admitMend: (input) => attempt(() => admit(deps, input)),
  putLooked: (input) => attempt(() => putLooked(deps, input)),
  endScan: (entry) => attempt(() => deps.record.putScan(entry)),
});

/** In the order of their names, so that what comes or goes meanwhile shifts nobody. */
async function scanPage(deps: ControlDeps, input: ScanPageInput): Promise<ScanPage> {
  const { site, after = '', count, ...environment } = input;
  const all = (await deps.record.machines(environment))
    .filter((row) => row.site === site && row.instance !== null && row.ref.machine > after)
    .sort((a, b) => (a.ref.machine < b.ref.machine ? -1 : 1));
  const rows = all.slice(0, count);
  const { tasks, apart } = await sorted(deps, environment, rows);
  return {
    ...(tasks.length > 0 && { tasks: await putDocument(deps.store, scanDomain, tasks) }),
    machines: tasks.map((one) => one.machine),
    apart,
    ...(all.length > count && { next: rows.at(-1)?.ref.machine }),
  };
}

interface Sorted {
  readonly tasks: MachineTask[];
  readonly apart: ScannedMachine[];
}

async function sorted(
  deps: ControlDeps,
  environment: EnvironmentRef,
  rows: readonly MachineRow[],
): Promise<Sorted> {
  const rollout = workflowId.rollout(environment);
  const idOf = ({ ref }: MachineRow): string => workflowId.machine(ref);
  const ids = new Set(await free(deps, [rollout, ...rows.map(idOf)]));
  const admissions = new Admissions(deps, environment);
  const tasks: MachineTask[] = [];
  const apart: ScannedMachine[] = [];
  for (const row of rows) {
    const { machine } = row.ref;
    const busy = ids.has(rollout) ? 'somebody works on it' : 'a rollout owns it';
    const admission = await admissions.of(row);
    if (!ids.has(rollout) || !ids.has(idOf(row))) apart.push({ machine, state: 'unobserved', reason: busy });
    else if (typeof admission === 'string') apart.push({ machine, state: 'unobserved', reason: admission });
    else tasks.push(taskOf(row, admission));
  }
  return { tasks, apart };
}

const taskOf = ({ ref, site, instance }: MachineRow, { target, bytes, runner }: Admission): MachineTask => ({
  ...{ changeId: 'reconcile', machine: ref.machine, site, target, bundleBytes: bytes, runner },
  instance: instance?.instance ?? '',
});

async function closeScan(
  { record }: ControlDeps,
  { scan, site, at, ...environment }: Parameters<ReconcileActivities['closeScan']>[0],
): Promise<ScanJudgement> {
  await record.noteClean(environment, { site, scan, at });
  const found = (await record.drift(environment)).filter((row) => row.scan === scan);
  const count = (state: ScannedMachine['state']): number => found.filter((one) => one.state === state).length;
  const counts: ScanCounts = {
    ...{ aligned: count('aligned'), drifted: count('drifted') },
    ...{ failed: count('failed'), unobserved: count('unobserved') },
  };
  const drifted = found
    .filter((one) => one.state === 'drifted')
    .map(({ machine, steps, clean, unmendable }) => ({
      ...{ machine, steps: steps.map(({ step }) => step), clean },
      ...(unmendable !== undefined && { unmendable }),
    }));
  return { counts, drifted };
}
