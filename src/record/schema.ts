import type { MachineOutcome } from '../model/index.js';

/** One row per accepted request. Times are RFC 3339 UTC text, documents JSON text. */
export interface ChangesTable {
  id: string;
  fleet_uid: string;
  environment: string;
  run: number;
  body: string;
}

/** Last ordinal given per environment; its row is the lock under which ordinals are given. */
export interface OrdinalsTable {
  fleet_uid: string;
  environment: string;
  last: number;
}

/** Apart from changes, so that an end which arrives first isn't lost. */
export interface EndingsTable {
  change_id: string;
  outcome: string;
  ended_at: string;
}

/** What each machine is now. */
export interface MachinesTable {
  fleet_uid: string;
  environment: string;
  machine: string;
  fleet: string;
  site: string;
  group_name: string;
  instance: string | null;
  assigned: string | null;
  verified: string | null;
  last_change: string;
  last_outcome: string;
  updated_at: string;
  /** When what was last written was begun; empty where nobody said. */
  since: string;
  hold: string | null;
  /** Machine at which it was taken out of use. */
  drained: string | null;
  /** 1: given up. */
  forgotten: number;
}

/** What people and policies answered, numbered per change. */
export interface AnswersTable {
  change_id: string;
  n: number;
  answer: string;
  machine: string | null;
  by: string;
  reason: string | null;
  at: string;
}

/** What people agreed to or rejected, by gate. */
export interface VotesTable {
  change_id: string;
  id: string;
  gate: string;
  decision: string;
  by: string;
  how: string;
  reason: string | null;
  reference: string | null;
  policy: string | null;
  key: string | null;
  evidence: string | null;
  at: string;
}

/** JSON in `outcomes`; rows of before had no group. */
export type OutcomeBody = Omit<MachineOutcome, 'phases'> & { readonly group?: string };

/** What became of one machine under one change, without its phases. */
export interface OutcomesTable {
  change_id: string;
  machine: string;
  fleet_uid: string;
  environment: string;
  body: string;
}

export interface PhasesTable {
  change_id: string;
  machine: string;
  phase: string;
  position: number;
  state: string;
  started_at: string | null;
  ended_at: string | null;
  reason: string | null;
}

export interface ReceiptsTable {
  change_id: string;
  machine: string;
  step: string;
  position: number;
  hash: string;
  state: string;
  reason: string | null;
  duration_ms: number;
  fingerprints: string | null;
  diff: string | null;
}

export interface EvidenceTable {
  change_id: string;
  machine: string;
  name: string;
  digest: string;
}

/** Handlers owed by a machine now. */
export interface DebtsTable {
  fleet_uid: string;
  environment: string;
  machine: string;
  debt: string;
}

/** What the last scan found of each machine; `steps` JSON. */
export interface DriftTable {
  fleet_uid: string;
  environment: string;
  machine: string;
  scan: string;
  at: string;
  state: string;
  assigned: string | null;
  since: string | null;
  steps: string;
  reason: string | null;
  unmendable: string | null;
}

export interface ScansTable {
  id: string;
  fleet_uid: string;
  environment: string;
  site: string;
  mode: string;
  started_at: string;
  ended_at: string;
  aligned: number;
  drifted: number;
  failed: number;
  unobserved: number;
  mended: number;
  change_id: string | null;
}

/** Groups that were once found aligned as a whole, by site. */
export interface CleanGroupsTable {
  fleet_uid: string;
  environment: string;
  site: string;
  group_name: string;
  at: string;
}

export interface RecordSchema {
  changes: ChangesTable;
  ordinals: OrdinalsTable;
  endings: EndingsTable;
  machines: MachinesTable;
  outcomes: OutcomesTable;
  phases: PhasesTable;
  receipts: ReceiptsTable;
  evidence: EvidenceTable;
  debts: DebtsTable;
  answers: AnswersTable;
  votes: VotesTable;
  drift: DriftTable;
  scans: ScansTable;
  clean_groups: CleanGroupsTable;
}
