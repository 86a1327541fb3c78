import type { Resource } from '../../../src/resources/index.js';

/** Where a case runs: insides of machines without machines (see runner/box.ts), and one real Debian VM for all. */
export type Place = 'busybox' | 'debian' | 'systemd' | 'vm';

/**
 * One life of a resource on a machine: applied, applied again (all ok), broken by hand, named by check (which changes
 * nothing), mended by apply, undone. Shell texts run as root under `sh -e`. All cases of a place share one machine: a
 * case leaves alone what others are about.
 */
export interface LifeCase {
  /** A sentence about what it shows. */
  readonly name: string;
  readonly on: readonly Place[];
  /** Makes the state before. */
  readonly prepare?: string;
  readonly resources: readonly Resource[];
  /** Values of the slots whose tokens stand in the resources, by name. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Exits 0 where the machine is as the resources want it. */
  readonly proof: string;
  /** Breaks it by hand, so that `proof` fails. */
  readonly breaks: string;
  /** Code of the failure that a check then comes to beside the differences; undefined: none. */
  readonly unmet?: string;
  /** Exits 0 where the machine is as `prepare` left it; undefined: what was done can't be undone, and says so. */
  readonly undone?: string;
}
