import type { Item } from './contract.js';
import type { Farm } from './targets.js';

/** One way to bring machines to the contract. */
export interface Peer {
  readonly name: PeerName;
  /** What it is, with versions. */
  readonly about: string;
  /** Untimed: whatever is written once and used often. Gives back a run over all targets. */
  prepare(work: Work): Promise<Run>;
}

export const peerNames = ['millwright', 'openssh', 'ansible', 'mitogen', 'pyinfra'] as const;
export type PeerName = (typeof peerNames)[number];

export interface Work {
  readonly farm: Farm;
  readonly items: readonly Item[];
  readonly parallel: number;
  /** A folder of this run's own. */
  readonly dir: string;
}

export interface Run {
  /**
   * Brings all targets to the contract; throws unless it says of each that it changed, or that none did. Gives back the
   * CPU time that this took on this side of the connections, ms.
   */
  go(expect: 'changes' | 'nothing'): Promise<number>;
}
