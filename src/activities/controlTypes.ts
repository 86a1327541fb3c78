import type {
  Change,
  Digest,
  EnvironmentRef,
  FailurePolicy,
  Hold,
  MachineRef,
  Outcome,
  Strategy,
} from '../model/index.js';
import type { AnswerEntry, MachineEntry } from '../record/port.js';
import type { ReconcileActivities } from './reconcileTypes.js';
import type { GovernActivities } from './rolloutTypes.js';
import type { SliceMachine } from './sliceMachine.js';

/** What a workflow says of its machine; control adds the receipts, read from the journal in the store. */
export type MachineNote = Omit<MachineEntry, 'receipts'>;

/** Activities of `control`: fast, idempotent look-ups and upserts. */
export interface ControlActivities extends GovernActivities, ReconcileActivities {
  beginChange(change: Digest): Promise<{ run: number; change: Change }>;
  endChange(input: { readonly changeId: string; readonly outcome: string }): Promise<void>;
  /** Groups with their counts and order, without machines. */
  outline(plan: Digest): Promise<PlanOutline>;
  /** At most 500 machines; `group: null` are the removed ones. */
  slice(input: SliceInput): Promise<SliceMachine[]>;
  putMachine(note: MachineNote): Promise<void>;
  /** Several, each for itself: what was written stays when the next one can't be. */
  putMachines(notes: readonly MachineNote[]): Promise<void>;
  /** Machines of a change as the record has them, in the order of their names. */
  outcomes(input: { readonly changeId: string }): Promise<readonly RecordedOutcome[]>;
  /** Who answered what, for the record. */
  putAnswer(answer: AnswerEntry): Promise<void>;
  /** What the machine itself says about being held. */
  putHold(input: { readonly ref: MachineRef; readonly hold: Hold | null }): Promise<void>;
  /** From now on nobody manages this machine. */
  forget(ref: MachineRef): Promise<void>;
  /** What the record says exists at a site: a sweep compares the site with it. */
  census(input: EnvironmentRef & { readonly site: string }): Promise<Census>;
  /** Whether this record has ever begun that change. */
  knowsChange(input: EnvironmentRef & { readonly changeId: string }): Promise<boolean>;
  /** Who runs under a workflow id; `running: false` when it has closed meanwhile. */
  holder(workflowId: string): Promise<Holder>;
  /** Those ids under which no workflow runs. */
  free(workflowIds: readonly string[]): Promise<readonly string[]>;
  /** Stores a document for whoever asked, e.g. the results of a look. */
  putDocument(input: { readonly domain: string; readonly value: unknown }): Promise<Digest>;
}
export interface Census {
  /** Machine to instance. */
  readonly known: Readonly<Record<string, string>>;
  /** Machines that were given up. */
  readonly forgotten: readonly string[];
}
export interface RecordedOutcome {
  readonly machine: string;
  readonly group: string;
  readonly outcome: Outcome;
  /** Instance that exists at the end, null when there is none; undefined: not known. */
  readonly instance?: string | null;
  readonly attempt?: number;
}
export interface SliceInput {
  readonly plan: Digest;
  readonly artifacts: Digest;
  readonly group: string | null;
  readonly from: number;
  readonly count: number;
}
export interface Holder {
  readonly running: boolean;
  readonly changeId?: string;
  readonly startedBy?: string;
  /** A scheduled scan mends the machine: whoever else comes may ask it to stop. */
  readonly reconciles?: boolean;
}
export interface PlanOutline {
  readonly groups: readonly OutlineGroup[];
  readonly removed: number;
  /** Whether windows or freezes are declared at all: nobody is asked where they aren't. */
  readonly timed?: boolean;
  readonly maxFailed?: number;
}
export interface OutlineGroup {
  readonly group: string;
  readonly after: readonly string[];
  readonly maxParallel: number;
  readonly onFailure: FailurePolicy;
  readonly machines: number;
  /** Undefined: all in one batch. */
  readonly strategy?: Strategy;
}
