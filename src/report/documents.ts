import type { Action, FailureInfo, Hold, PlannedRung, Receipt } from '../model/index.js';
import type { PlanGroup, PlanRules } from './planRules.js';
import type {
  AnswerDocument,
  GateDocument,
  GroupDocument,
  PauseDocument,
  PublishedUrl,
  QuestionDocument,
  VoteDocument,
  WindowDocument,
} from './runDocuments.js';

/** What every `-o json` prints. Fields are only added within a version; text is rendered from the same documents. */

export interface Machine {
  readonly machine: string;
  readonly group: string;
  readonly site: string;
}

/** `add`: new here. `change`: differs. `remove`: taken away. `run`: an action such as a reload or a command. */
export type ItemMark = 'add' | 'change' | 'remove' | 'run';

export interface PlanItem {
  readonly mark: ItemMark;
  /** Step id, or a part of the machine's shape such as `memory`. */
  readonly id: string;
  readonly text: string;
  /** Lines of a unified diff, without file headers. */
  readonly diff: readonly string[];
}

export interface PlanMachine extends Machine {
  readonly action: Action;
  readonly reason: string | null;
  /** Why `up` would not do it as asked, e.g. `without --allow-destroy`. */
  readonly refused: string | null;
  readonly protect: boolean;
  readonly items: readonly PlanItem[];
  /** Steps without a difference. */
  readonly unchanged: number;
  /** Set when it was asked just now and did not answer. */
  readonly silent: string | null;
  /** Ways back from this change, in the order in which they would be tried. */
  readonly rungs: readonly PlannedRung[];
  /** Steps of this change whose type can't be undone. */
  readonly cannotUndo: readonly string[];
  /** Machine that it is drained at while it changes, or before it goes; null: it isn't. */
  readonly drainedAt: string | null;
}

export interface Commit {
  readonly id: string;
  readonly subject: string | null;
  readonly author: string | null;
  readonly at: string | null;
  readonly dirty: boolean;
}

export interface PlanDocument extends PlanRules {
  readonly schema: 'millwright/plan/v1';
  readonly fleet: string;
  readonly fleetUid: string;
  readonly environment: string;
  /** Plan digest. */
  readonly plan: string;
  readonly intent: string;
  readonly revision: string;
  readonly commit: Commit | null;
  readonly at: string;
  /** How many machines were asked just now; null: planned from the record alone, `unlooked` says why. */
  readonly looked: { readonly asked: number; readonly answered: number } | null;
  readonly unlooked: string | null;
  readonly machines: readonly PlanMachine[];
  readonly order: readonly PlanGroup[];
  readonly summary: PlanSummary;
}

export interface PlanSummary {
  readonly create: number;
  readonly change: number;
  readonly powerCycle: number;
  readonly replace: number;
  readonly destroy: number;
  readonly destroyRefused: number;
  readonly unchanged: number;
}

export interface StatusMachine extends Machine {
  /** `verified`, `drifted`, `failed`, `owed`, `gone` (its VM is missing), `not created`, `running` (a run works on it). */
  readonly state: string;
  readonly outcome: string | null;
  readonly run: number | null;
  readonly instance: string | null;
  readonly power: string | null;
  readonly assigned: string | null;
  readonly verified: string | null;
  readonly addresses: Readonly<Record<string, string>>;
  readonly debts: readonly string[];
  /** Somebody keeps runs off. */
  readonly hold: Hold | null;
  /** Machine at which it is out of use; null: it isn't. */
  readonly drained: string | null;
  /** As the last scan or check found it; null: none did since a run ended well there. */
  readonly drift: MachineDrift | null;
  readonly updatedAt: string | null;
}

export interface MachineDrift {
  readonly state: 'aligned' | 'drifted' | 'failed' | 'unobserved';
  /** Since when it is known to have drifted, also while nobody can look; null: it isn't. */
  readonly since: string | null;
  readonly steps: readonly { readonly step: string; readonly reason: string }[];
  /** Why it failed, or wasn't looked at. */
  readonly reason: string | null;
  /** Why only a person may mend it. */
  readonly unmendable: string | null;
  /** When it was last looked at, or was to be. */
  readonly at: string;
}

export interface OrphanVm {
  readonly instance: string;
  readonly site: string;
  readonly power: string;
  readonly reason: string;
}

export interface StatusDocument {
  readonly schema: 'millwright/status/v1';
  readonly fleet: string;
  readonly environment: string;
  readonly at: string;
  /** Temporal answers; when it doesn't, only the record speaks. */
  readonly engine: string;
  readonly running: { readonly run: number | null; readonly change: string; readonly verb: string } | null;
  readonly machines: readonly StatusMachine[];
  readonly urls: readonly PublishedUrl[];
  /** VMs that no machine owns. Null: no site was asked. */
  readonly orphans: readonly OrphanVm[] | null;
  readonly notes: readonly string[];
  /** Of the active run. */
  readonly questions: readonly QuestionDocument[];
  /** Of the active run, as are the next three. */
  readonly gates: readonly GateDocument[];
  readonly paused: PauseDocument | null;
  readonly window: WindowDocument | null;
  readonly groups: readonly GroupDocument[];
  readonly rollback: LastRollback | null;
}

export interface LastRollback {
  readonly run: number;
  /** Run that was taken back: another one, or itself. */
  readonly of: number;
  readonly commit: string | null;
  readonly by: string;
  readonly at: string | null;
  readonly outcome: string;
  /** No run has succeeded since. */
  readonly current: boolean;
}

export interface HistoryEntry {
  readonly run: number;
  readonly change: string;
  readonly verb: string;
  readonly commit: string | null;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly machine: string;
  readonly outcome: string;
  readonly phase: string | null;
  readonly reason: string | null;
  readonly failure: FailureInfo | null;
  readonly receipts: readonly Receipt[];
  /** Of a rollback: the run that it took back. */
  readonly of: number | null;
  /** What people, or the group's policy, answered about this machine or the whole run. */
  readonly answers: readonly AnswerDocument[];
  /** Votes on gates of that run. */
  readonly votes: readonly VoteDocument[];
}

export interface HistoryDocument {
  readonly schema: 'millwright/history/v1';
  readonly fleet: string;
  readonly environment: string;
  readonly machine: string;
  readonly id: string | null;
  readonly entries: readonly HistoryEntry[];
}

export interface DoctorCheck {
  readonly name: string;
  /** `ok` · `fixed` (we did it now) · `missing` (can be fixed) · `warning` · `failed`. */
  readonly state: 'ok' | 'fixed' | 'missing' | 'warning' | 'failed';
  readonly text: string;
  /** What to type or do, when something is left to do. */
  readonly remedy: string | null;
}

export interface DoctorDocument {
  readonly schema: 'millwright/doctor/v1';
  readonly at: string;
  readonly checks: readonly DoctorCheck[];
}

export interface ErrorDocument {
  readonly schema: 'millwright/error/v1';
  readonly code: string;
  readonly cause: string | null;
  readonly message: string;
  readonly detail: readonly string[];
  readonly remedy: string | null;
  readonly exit: number;
}
