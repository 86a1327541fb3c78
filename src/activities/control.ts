import { journalToReceipts, parseJournalLine } from '../bundle/index.js';
import type { Artifacts, Plan, PlannedGroup, PlannedMachine, Receipt, Target } from '../model/index.js';
import type { HistoryRow } from '../record/port.js';
import { readArtifacts, readChange, readPlan, readTarget } from '../store/documents.js';
import type { Store } from '../store/port.js';
import { agreeing } from './agreement.js';
import { attempt } from './attempt.js';
import { isTimed, timed } from './calendar.js';
import type { ControlDeps } from './deps.js';
import { putDocument } from './documents.js';
import { free } from './free.js';
import { createLedger } from './ledger.js';
import { reconciling } from './reconcile.js';
import { scheduling } from './schedules.js';
import { surroundingsOf } from './surroundings.js';
import type {
  ControlActivities,
  MachineNote,
  OutlineGroup,
  RecordedOutcome,
  SliceInput,
  SliceMachine,
} from './types.js';

/** Idempotent and fast, remote or local. */
export function createControlActivities(deps: ControlDeps): ControlActivities {
  const { record, store } = deps;
  const ledger = createLedger(deps);
  return {
    beginChange: (digest) =>
      attempt(async () => {
        const change = await readChange(store, digest);
        const { run } = await record.beginChange(change);
        return { run, change };
      }),
    endChange: ({ changeId, outcome }) => attempt(() => record.endChange(changeId, outcome)),
    outline: (digest) =>
      attempt(async () => {
        const plan = await readPlan(store, digest);
        return {
          groups: plan.groups.map(outlined),
          removed: plan.removed.length,
          timed: await isTimed(deps, plan),
          maxFailed: plan.maxFailed,
        };
      }),
    slice: (input) => attempt(() => slice(deps, input)),
    putMachine: (note) => attempt(() => put(deps, note)),
    putMachines: (notes) =>
      attempt(async () => {
        for (const note of notes) await put(deps, note);
      }),
    outcomes: ({ changeId }) => attempt(async () => (await record.outcomes(changeId)).map(recordedOutcome)),
    putAnswer: (answer) => attempt(() => record.putAnswer(answer)),
    putHold: (input) => attempt(() => ledger.putHold(input)),
    forget: (ref) => attempt(() => ledger.forget(ref)),
    census: (input) => attempt(() => ledger.census(input)),
    knowsChange: (input) => attempt(() => ledger.knowsChange(input)),
    holder: (workflowId) => attempt(() => deps.holder(workflowId)),
    free: (workflowIds) => attempt(() => free(deps, workflowIds)),
    ...agreeing(deps),
    ...timed(deps),
    ...scheduling(deps),
    ...reconciling(deps),
    putDocument: ({ domain, value }) => attempt(() => putDocument(store, domain, value)),
  };
}

const put = async ({ record, store }: ControlDeps, note: MachineNote): Promise<void> =>
  record.putMachine({ ...note, receipts: await receipts(store, note.evidence.journal) });

/** Plans that were stored before questions could be asked have no `onFailure`. */
const outlined = ({ machines, ...group }: StoredGroup): OutlineGroup => ({
  ...{ onFailure: 'ask', ...group },
  machines: machines.length,
});
type StoredGroup = Omit<PlannedGroup, 'onFailure'> & Partial<Pick<PlannedGroup, 'onFailure'>>;

const recordedOutcome = ({ machine, group, outcome }: HistoryRow): RecordedOutcome => ({
  machine,
  group: group ?? '',
  outcome: outcome.outcome,
  instance: outcome.instance,
  attempt: outcome.attempt,
});

async function slice(deps: ControlDeps, input: SliceInput): Promise<SliceMachine[]> {
  const { store } = deps;
  const [plan, artifacts] = await Promise.all([
    readPlan(store, input.plan),
    readArtifacts(store, input.artifacts),
  ]);
  const machines = machinesOf(plan, input.group).slice(input.from, input.from + input.count);
  const targets: StoredTarget[] = await Promise.all(machines.map((one) => readTarget(store, one.target)));
  const surroundings = await surroundingsOf(deps, plan, targets);
  return machines.map((one, n) => ({
    ...withBase(artifacts, one, targets[n] as StoredTarget),
    ...surroundings[n],
  }));
}

const machinesOf = (plan: Plan, group: string | null): readonly PlannedMachine[] =>
  group === null ? plan.removed : (plan.groups.find((one) => one.group === group)?.machines ?? []);

function withBase(
  artifacts: Artifacts,
  one: PlannedMachine,
  { base, group, rungs = [] }: StoredTarget,
): SliceMachine {
  const verified = base?.verified ?? null;
  return {
    ...one,
    ...{ group, runner: artifacts.runner, instance: base?.instance, verified, rungs },
    bundleBytes: artifacts.bundles[one.bundle] ?? '',
    verifiedBytes: verified === null ? undefined : artifacts.bundles[verified],
  };
}

/** Targets that were stored before there were ladders have no `rungs`. */
type StoredTarget = Omit<Target, 'rungs'> & Partial<Pick<Target, 'rungs'>>;

async function receipts(store: Store, journal: string | undefined): Promise<Receipt[]> {
  if (journal === undefined) return [];
  const text = Buffer.from(await store.get(journal)).toString('utf8');
  return journalToReceipts(text.split('\n').flatMap((line) => parseJournalLine(line) ?? []));
}
