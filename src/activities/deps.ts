import type { Ansible } from '../adapters/port.js';
import type { PolicyNow } from '../policy/index.js';
import type { Provider } from '../providers/port.js';
import type { RunRecord } from '../record/port.js';
import type { Keystore, Secrets } from '../secrets/port.js';
import type { Logins, SshPool } from '../ssh/port.js';
import type { Store } from '../store/port.js';
import type { WaitForBanner } from './banner.js';
import type { Holder, Schedules } from './types.js';

/** What the worker of one site works with; nothing of another site is in reach. */
export interface SiteDeps {
  readonly site: string;
  readonly provider: Provider;
  readonly ssh: SshPool;
  readonly store: Store;
  readonly secrets: Secrets;
  readonly keystore: Keystore;
  /** Ways to machines that exist already, for a site that has such. */
  readonly logins?: Logins;
  readonly waitForBanner: WaitForBanner;
  /** Undefined: steps of type `ansible` fail here. */
  readonly ansible?: Ansible;
}

/** What `control` works with: the only one that writes the record. */
export interface ControlDeps {
  readonly store: Store;
  readonly record: Pick<
    RunRecord,
    | 'beginChange'
    | 'endChange'
    | 'putMachine'
    | 'outcomes'
    | 'putAnswer'
    | 'putVote'
    | 'putHold'
    | 'forget'
    | 'forgotten'
    | 'base'
    | 'drained'
    | 'change'
    | 'machines'
    | 'changes'
    | 'putDrift'
    | 'drift'
    | 'noteClean'
    | 'putScan'
  >;
  /** Who runs under a workflow id now. */
  holder(workflowId: string): Promise<Holder>;
  /** The policy file as it is now; throws where it can't be read. Undefined: there is none. */
  policy?(): Promise<PolicyNow | undefined>;
  /** Undefined: the system's clock. */
  now?(): Date;
  /** Undefined: what plans say of reconcile is not scheduled here. */
  readonly schedules?: Schedules;
}
