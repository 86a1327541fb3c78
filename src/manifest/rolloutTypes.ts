import type { Around, AroundStep, GateTimeout, Probe, Size } from '../model/index.js';

/** How a change spreads over a group, as far as somebody said it: what is undefined was not declared. */
export interface ManifestRollout {
  readonly maxParallel: number;
  /** Sizes in their order; the last is repeated until no machine is left. */
  readonly batches?: readonly Size[];
  readonly soakMs?: number;
  readonly maxFailed?: Size;
  readonly order?: 'number' | 'reverse' | 'shuffled';
  readonly surge?: number;
  readonly watch?: readonly Probe[];
}

/** Commands around the change of each machine; their sites are those of the machines that they run at. */
export type ManifestAround = { readonly [When in keyof Around]: Omit<AroundStep, 'site'> };

/** A gate as it is declared: one of `before` and `after` says where it stands. */
export interface ManifestGate {
  readonly path: string;
  /** `rollout` or the name of a group. */
  readonly before?: string;
  readonly after?: 'canary';
  /** Of `after`: undefined means every group that has a canary. */
  readonly group?: string;
  readonly approvals: number;
  /** Empty: all approvers that the policy knows. */
  readonly from: readonly string[];
  readonly timeoutMs?: number;
  readonly onTimeout: GateTimeout;
  readonly unsigned: boolean;
  readonly external: boolean;
}
