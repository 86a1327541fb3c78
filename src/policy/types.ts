import type { Digest, Freeze, Gate } from '../model/index.js';

/** Somebody whose vote counts. */
export interface Approver {
  readonly keys: readonly PublicKey[];
  /** By which an author is recognised; lower case. */
  readonly emails: readonly string[];
  /** Login names beside the approver's own, by which whoever started a run is recognised. */
  readonly users: readonly string[];
}

export interface PublicKey {
  /** `ssh-ed25519`. */
  readonly type: string;
  readonly base64: string;
  /** `SHA256:...`, as ssh-keygen prints it. */
  readonly fingerprint: string;
}

/** Where a rule of the policy holds; undefined: everywhere. */
export interface Place {
  /** `uid` of the fleet: its name can be changed by whoever writes the manifest. */
  readonly fleet?: string;
  readonly environment?: string;
}

/** What people must agree to at least, whatever a manifest says. */
export interface MinimumGate extends Place, Omit<Gate, 'id'> {
  /** Undefined: after the canary. */
  readonly before?: string;
  /** Only this group's canary; undefined: every group's. */
  readonly group?: string;
}

export type PolicyFreeze = Place & Freeze;

/** The control side's own rules about who must agree, and who may. */
export interface Policy {
  readonly approvers: Readonly<Record<string, Approver>>;
  readonly gates: readonly MinimumGate[];
  /** Whether gates may be answered by a plain message at all. */
  readonly unsigned: boolean;
  /** The same for a pipeline's own approval. */
  readonly external: boolean;
  /** Who may answer for all. */
  readonly breakGlass: readonly string[];
  /** Who may let a rollout run outside its window. */
  readonly override: readonly string[];
  readonly freezes: readonly PolicyFreeze[];
}

/** The file as it is now. */
export interface PolicyNow {
  readonly policy: Policy;
  /** sha256 of the file's bytes. */
  readonly digest: Digest;
  readonly file: string;
}
