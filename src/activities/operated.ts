import type { InstanceInfo } from '../model/index.js';
import type { Attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';

/** A machine that a person asked something of. */
export interface Operated {
  readonly deps: SiteDeps;
  readonly machine: string;
  /** As it was found. */
  readonly info: InstanceInfo;
  readonly one: Attempt;
}
