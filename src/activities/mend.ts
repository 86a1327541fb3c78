import {
  type Change,
  type Digest,
  documentDomains,
  type EnvironmentRef,
  type Plan,
  type PlannedMachine,
  preimage,
} from '../model/index.js';
import type { MachineRow } from '../record/port.js';
import { findBundle, findStep, readPlan, readTarget, storeChange } from '../store/documents.js';
import type { Store } from '../store/port.js';
import { type Admission, Admissions } from './admissions.js';
import { closedNow } from './closed.js';
import type { ControlDeps } from './deps.js';
import { surroundingsOf } from './surroundings.js';
import type { AdmitInput, Admitted, DriftedMachine, RefusedMachine, SliceMachine } from './types.js';

interface Candidate {
  readonly row: MachineRow;
  readonly admission: Admission;
}

/**
 * Makes a change of those drifted machines that may be mended, as many as the limit allows, and begins it. Its plan leads
 * each machine to the bundle that it was admitted to: whoever asks later finds the same there. What an attempt before this one
 * has begun stays as it is: at most its machines are mended.
 */
export async function admit(deps: ControlDeps, input: AdmitInput): Promise<Admitted> {
  const { machines, limit } = input;
  const environment = environmentOf(input);
  const before = await meantBefore(deps, environment, input.changeId);
  const begun = before !== undefined;
  const closed = await closedNow(deps, environment, input.at);
  if (closed !== undefined) return { begun, machines: [], refused: [], closed };
  const admissions = new Admissions(deps, environment);
  const rows = new Map((await deps.record.machines(environment)).map((row) => [row.ref.machine, row]));
  const chosen: Candidate[] = [];
  const refused: RefusedMachine[] = [];
  for (const one of machines) {
    if (chosen.length >= limit) break;
    const row = rows.get(one.machine);
    const judged = row === undefined ? 'it is gone from the record' : await judge(deps, admissions, row, one);
    if (typeof judged === 'string') refused.push({ machine: one.machine, reason: judged });
    else if (begun && before.get(one.machine) !== judged.admission.target) continue;
    else chosen.push(judged);
  }
  if (!begun && chosen.length > 0) await begin(deps, input, chosen);
  return {
    begun: begun || chosen.length > 0,
    machines: await mendedMachines(deps, environment, chosen),
    refused: refused.slice(0, namedAtMost),
  };
}

/** Targets by machine of a change that has begun. */
async function meantBefore(
  { record, store }: ControlDeps,
  environment: EnvironmentRef,
  changeId: string,
): Promise<ReadonlyMap<string, Digest> | undefined> {
  const found = await record.change(environment, changeId);
  if (found === undefined) return undefined;
  const { groups } = await readPlan(store, found.change.plan);
  return new Map(groups.flatMap(({ machines }) => machines.map((one) => [one.machine, one.target])));
}

const environmentOf = ({ fleet, fleetUid, environment }: EnvironmentRef): EnvironmentRef => ({
  ...{ fleet, fleetUid, environment },
});

const namedAtMost = 50;

/** A text says why it is left to people. */
async function judge(
  { store }: ControlDeps,
  admissions: Admissions,
  row: MachineRow,
  { unmendable, clean, steps }: DriftedMachine,
): Promise<Candidate | string> {
  if (unmendable !== undefined) return unmendable;
  if (!clean) return `group ${row.group} was never found aligned as a whole`;
  const admission = await admissions.of(row);
  if (typeof admission === 'string') return admission;
  const never = await disturbing(store, admission.bundle, steps);
  return never === undefined ? { row, admission } : `${never} is never run by reconcile; millwright up does`;
}

const neverAlone: readonly string[] = ['reboot', 'upgrade'];

/** The first step that a mend would run, or could make due, and that needs a person who asks for it. */
async function disturbing(
  store: Store,
  bundle: string,
  drifted: readonly string[],
): Promise<string | undefined> {
  const { steps = [] } = (await findBundle(store, bundle)) ?? {};
  const first = steps.findIndex(({ id }) => drifted.includes(id));
  for (const { id, hash } of first < 0 ? [] : steps.slice(first)) {
    const { type } = ((await findStep(store, hash))?.intent ?? {}) as { readonly type?: string };
    if (type !== undefined && neverAlone.includes(type)) return `${id}, a step of type ${type},`;
  }
  return undefined;
}

async function begin(
  { store, record }: ControlDeps,
  input: AdmitInput,
  chosen: readonly Candidate[],
): Promise<void> {
  const environment = environmentOf(input);
  const groups = [...new Set(chosen.map(({ row }) => row.group))];
  const plan: Plan = {
    ...{ version: 1, ...environment, removed: [], gates: [] },
    groups: groups.map((group) => ({
      ...{ group, after: [], maxParallel: 1, onFailure: 'stop' },
      machines: chosen.filter(({ row }) => row.group === group).map(planned),
    })),
  };
  const bundles = Object.fromEntries(chosen.map(({ admission: { bundle, bytes } }) => [bundle, bytes]));
  const { runner } = newest(chosen).admission;
  const digest = await store.put(preimage(documentDomains.plan, plan));
  const change: Change = {
    ...{ id: input.changeId, verb: 'reconcile', ...environment, plan: digest, intent: digest, revision: '' },
    artifacts: await store.put(preimage(documentDomains.artifacts, { bundles, runner })),
    ...{ startedBy: `reconcile of ${input.site}`, startedAt: input.at, allowDestroy: false },
  };
  await storeChange(store, change);
  await record.beginChange(change);
}

/** Runners of later changes are later ones. */
const newest = (chosen: readonly Candidate[]): Candidate =>
  chosen.reduce((last, one) => (one.row.lastChange > last.row.lastChange ? one : last));

const planned = ({ row, admission: { target, bundle } }: Candidate): PlannedMachine => ({
  ...{ machine: row.ref.machine, site: row.site, action: 'change' },
  ...{ target, baseBundle: bundle, bundle },
});

async function mendedMachines(
  deps: ControlDeps,
  environment: EnvironmentRef,
  chosen: readonly Candidate[],
): Promise<SliceMachine[]> {
  const targets = await Promise.all(chosen.map(({ admission }) => readTarget(deps.store, admission.target)));
  const surroundings = await surroundingsOf(deps, environment, targets);
  return chosen.map((one, n) => ({ ...mendedMachine(one), ...surroundings[n] }));
}

const mendedMachine = ({ row, admission }: Candidate): SliceMachine => ({
  ...planned({ row, admission }),
  ...{ group: row.group, bundleBytes: admission.bytes, runner: admission.runner },
  ...{ instance: row.instance?.instance, verified: row.verified, rungs: [] },
  ...(row.verified === admission.bundle && { verifiedBytes: admission.bytes }),
});
