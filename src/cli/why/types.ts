import type { Action, MachineOutcome } from '../../model/index.js';
import type { MachineRow } from '../../record/port.js';
import type { QuestionDocument } from '../../report/index.js';
import type { RolloutProgress } from '../../workflows/types.js';

/**
 * engine, control, worker: nobody there to go on. slot, retry, working: an activity of a machine. question, left, turn,
 * group: places in a run. gate, soak, paused, window: what holds it though nobody failed. drained: out of use. busy: somebody else works on the machine. stopping, rolling back: what the run does instead.
 * hold, owed handlers, the last outcome: what is written of a machine. ended: a run that has nothing to wait for.
 */
export type ReasonKind =
  | 'engine'
  | 'control'
  | 'worker'
  | 'slot'
  | 'retry'
  | 'working'
  | 'question'
  | 'left'
  | 'turn'
  | 'group'
  | 'gate'
  | 'soak'
  | 'paused'
  | 'window'
  | 'drained'
  | 'busy'
  | 'stopping'
  | 'rolling back'
  | 'hold'
  | 'debt'
  | 'owed'
  | 'failed'
  | 'well'
  | 'absent'
  | 'ended'
  | 'unknown';

export interface Reason {
  readonly kind: ReasonKind;
  /** null: the whole run, or a group of it. */
  readonly machine: string | null;
  readonly group: string | null;
  /** What it waits for, or what is the matter. */
  readonly waitsFor: string;
  /** RFC 3339 UTC; null: nobody noted it. */
  readonly since: string | null;
  /** Who can release it; null: nobody needs to. */
  readonly release: string | null;
  readonly next: string;
  readonly commands: readonly { readonly command: string; readonly does: string }[];
  /** A program's own words. */
  readonly detail: readonly string[];
}

export interface WhyDocument {
  readonly schema: 'millwright/why/v1';
  readonly fleet: string;
  readonly environment: string;
  readonly at: string;
  /** Address of Temporal; null: it doesn't answer, and only the record speaks. */
  readonly engine: string | null;
  /** The run that is asked about, or the one that is active. */
  readonly run: WhyRun | null;
  readonly reasons: readonly Reason[];
  readonly notes: readonly string[];
  readonly exit: number;
}
export interface WhyRun {
  readonly run: number | null;
  readonly change: string;
  readonly verb: string;
  readonly startedBy: string;
  readonly startedAt: string;
  /** null: it goes on, as far as is known. */
  readonly outcome: string | null;
}

/** When somebody last asked a task queue for work; null: nobody has in the last minutes. */
export interface Workers {
  readonly lastSeen: string | null;
}

/** An activity of a machine's workflow that isn't done. */
export interface Pending {
  readonly activity: string;
  readonly queue: string;
  readonly state: 'scheduled' | 'started';
  readonly attempt: number;
  /** 0: without end. */
  readonly maximum: number;
  readonly scheduledAt: string | null;
  readonly startedAt: string | null;
  readonly heartbeatAt: string | null;
  /** Until when it is waited for. */
  readonly expiresAt: string | null;
  readonly nextTryAt: string | null;
  readonly lastFailure: string | null;
  readonly worker: string | null;
  /** `7/8 file:/etc/motd`, as its heartbeat said last. */
  readonly step: string | null;
  readonly workers: Workers;
}

/** What Temporal says of the workflow under a machine's id. */
export interface MachineWork {
  readonly changeId: string | null;
  readonly startedBy: string | null;
  readonly since: string | null;
  readonly phase: string | null;
  readonly pending: readonly Pending[];
}

export interface MachineFacts {
  readonly machine: string;
  readonly group: string;
  readonly site: string;
  readonly row: MachineRow | null;
  /** null: nothing runs under its id, or nobody could be asked. */
  readonly work: MachineWork | null;
  /** Its outcome under the active run, where that has come to an end. */
  readonly done: MachineOutcome | null;
  /** Its last outcome as the record has it. */
  readonly last: MachineOutcome | null;
  /** What `up` would do, as far as the record and the files say; null: the files can't be read. */
  readonly next: NextUp | null;
}
export interface NextUp {
  readonly action: Action;
  readonly reason: string | null;
  readonly refused: string | null;
}

export interface ActiveFacts {
  readonly run: WhyRun;
  /** null: no worker of control answers. */
  readonly progress: RolloutProgress | null;
  /** Why it doesn't say. */
  readonly silent: string | null;
  readonly questions: readonly QuestionDocument[];
  /** Machines that are being worked on, by group. */
  readonly running: ReadonlyMap<string, readonly string[]>;
  /** Machines of the run's plan. */
  readonly planned: ReadonlySet<string>;
}

export interface WhyFacts {
  /** RFC 3339 UTC. */
  readonly at: string;
  /** `shop/dev`. */
  readonly place: string;
  /** ` -e prod`, or nothing. */
  readonly flag: string;
  /** Why Temporal doesn't answer; null: it does. */
  readonly engineSilent: string | null;
  readonly control: Workers | null;
  readonly active: ActiveFacts | null;
  /** The run that is asked about, where it isn't active. */
  readonly ended: WhyRun | null;
  /** Those that are asked about; of a run those that it works on, or that it left unwell. */
  readonly machines: readonly MachineFacts[];
  /** Whether a run is asked about, instead of machines. */
  readonly ofRun: boolean;
  /** A gate that is asked about, instead of machines. */
  readonly gate?: string;
}

/** A reason with what most of them lack. */
export const reason = (fields: Pick<Reason, 'kind' | 'waitsFor' | 'next'> & Partial<Reason>): Reason => ({
  machine: null,
  group: null,
  since: null,
  release: null,
  commands: [],
  detail: [],
  ...fields,
});

/** How a run is named in commands. */
export const runName = ({ run, change }: Pick<WhyRun, 'run' | 'change'>): string => String(run ?? change);
