import type { Digest } from './digest.js';

/** Which machine of which environment of which fleet. `fleetUid` is a ULID, so fleets of equal name never meet. */
export interface MachineRef {
  readonly fleet: string;
  readonly fleetUid: string;
  readonly environment: string;
  readonly machine: string;
}

export type EnvironmentRef = Omit<MachineRef, 'machine'>;

export type RunPurpose = 'apply' | 'check' | 'verify' | 'undo' | 'rollback' | 'drain' | 'restore' | 'exec';

/** `<fleetUid>/<env>/<machine>` */
export const machineId = (m: MachineRef): string => `${m.fleetUid}/${m.environment}/${m.machine}`;

/** Machine id and the change that created this incarnation. */
export const instanceId = (m: MachineRef, changeId: string): string => `${machineId(m)}@${changeId}`;

/** The same for a later attempt of that change, once an earlier one's create was undone and left its tombstone. */
export const attemptInstanceId = (m: MachineRef, changeId: string, attempt: number): string =>
  attempt === 1 ? instanceId(m, changeId) : `${instanceId(m, changeId)}+${attempt}`;

/** A run on a target: stable over every retry, never an attempt number or a Temporal run id. */
export const runId = (changeId: string, machine: string, purpose: RunPurpose, n: number): string =>
  `${changeId}/${machine}/${purpose}/${n}`;

export const workflowId = {
  rollout: (e: EnvironmentRef) => `rollout/${e.fleetUid}/${e.environment}`,
  batch: (changeId: string, n: number) => `batch/${changeId}/${n}`,
  machine: (m: MachineRef) => `machine/${machineId(m)}`,
  look: (e: EnvironmentRef, ulid: string) => `look/${e.fleetUid}/${e.environment}/${ulid}`,
  exec: (e: EnvironmentRef, ulid: string) => `exec/${e.fleetUid}/${e.environment}/${ulid}`,
  operate: (e: EnvironmentRef, ulid: string) => `operate/${e.fleetUid}/${e.environment}/${ulid}`,
  destroy: (e: EnvironmentRef, changeId: string) => `destroy/${e.fleetUid}/${e.environment}/${changeId}`,
  reconcile: (e: EnvironmentRef, site: string) => `reconcile/${e.fleetUid}/${e.environment}/${site}`,
};

export type SiteQueue = 'vm' | 'push' | 'look';

export const CONTROL_QUEUE = 'mw-control';
export const siteQueue = (site: string, queue: SiteQueue): string => `mw-site-${site}-${queue}`;

export const searchAttributes = [
  'MwFleet',
  'MwEnvironment',
  'MwMachine',
  'MwPhase',
  'MwRevision',
  'MwOutcome',
] as const;
export type SearchAttribute = (typeof searchAttributes)[number];

/** As people type and read it: the first eight digits. */
export const shortDigest = (digest: Digest): string => digest.slice(0, 8);
