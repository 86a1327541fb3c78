import type { LookResult, MachineTask } from '../activities/types.js';
import { attemptInstanceId, runId } from '../model/ids.js';
import type {
  Head,
  InstanceInfo,
  MachineOutcome,
  PhaseReport,
  RollbackReport,
  StepCounts,
} from '../model/index.js';
import { type SiteProxies, siteActivities } from './activities.js';
import { Stop } from './stop.js';
import { type Timing, timingOf } from './timing.js';
import type { MachineInput } from './types.js';
import { UndoList } from './undo.js';

/** What one change has learnt about its machine so far; phases read and extend it in turn. */
export interface Life {
  readonly input: MachineInput;
  readonly timing: Timing;
  readonly site: SiteProxies;
  /** What every activity is given; a replacement goes on with another instance, a rollback with another bundle. */
  task: MachineTask;
  /** Name of the run on the target: the same however often its activity is attempted. */
  readonly run: string;
  readonly undo: UndoList;
  readonly stop: Stop;
  readonly phases: PhaseReport[];
  readonly evidence: Record<string, string>;
  look?: LookResult;
  /** Why nothing more is needed. */
  settled?: string;
  /** This change powered it on. */
  booted?: boolean;
  /** Undefined: not looked at; null: destroyed or gone. */
  instance?: InstanceInfo | null;
  head: Head | null;
  counts?: StepCounts;
  /** Undefined: nobody got in to look, so what the record knows stays. */
  debts?: readonly string[];
  assigned?: string;
  verified?: string;
  /** The last run left nothing to prove. */
  proved?: true;
  rollback?: RollbackReport;
  /** Machine at which it is out of use; null: it was put back; undefined: nothing took it out. */
  drained?: string | null;
  /** This workflow itself took it out of use. */
  isDrained?: true;
  /** Takes out the undo that would put an untouched machine back into use. */
  begun?: () => void;
  /** While a new instance stands beside the old one: what was known of the old one, which is the machine still. */
  old?: Standing;
  /** Another instance of it that exists. */
  beside?: string;
  outcome?: MachineOutcome;
}

/** What is known of one instance. */
export type Standing = Pick<Life, 'task' | 'instance' | 'head' | 'debts' | 'assigned' | 'verified'>;

export function beginLife(input: MachineInput): Life {
  const { ref, changeId, machine, verb } = input;
  const timing = timingOf(input);
  return {
    input,
    timing,
    site: siteActivities(machine.site, timing),
    task: {
      changeId,
      target: machine.target,
      bundleBytes: machine.bundleBytes,
      runner: machine.runner,
      site: machine.site,
      machine: ref.machine,
      instance: existing(input) ?? newInstance(input),
    },
    run: runId(changeId, ref.machine, verb === 'rollback' ? 'rollback' : 'apply', attemptOf(input)),
    undo: new UndoList(),
    stop: new Stop(),
    phases: [],
    evidence: {},
    head: null,
    drained: machine.drained,
  };
}

export const attemptOf = ({ again }: MachineInput): number => again?.attempt ?? 1;

/** The instance there is to work on: what an earlier attempt left, or what the plan was made for. */
const existing = ({ again, machine }: MachineInput): string | undefined =>
  again?.instance === undefined ? machine.instance : (again.instance ?? undefined);

/** An earlier attempt's id may have a tombstone, which must hold against an attempt that wakes up late. */
export const newInstance = (input: MachineInput): string =>
  attemptInstanceId(input.ref, input.changeId, attemptOf(input));

/** Whose runs on the target a rollback takes back. */
export const changeTakenBack = ({ of, changeId }: MachineInput): string => of ?? changeId;

/** To be called before whatever changes the machine: from then on only its verification puts it back into use. */
export function touch(life: Life): void {
  life.begun?.();
  life.begun = undefined;
}

/** What the target says it is admitted to is what it is assigned, whatever was known before. */
export function sawHead(life: Life, head: Head | null): void {
  life.head = head;
  life.assigned = head?.bundle ?? life.assigned;
}
