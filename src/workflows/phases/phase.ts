import type { Phase } from '../../model/index.js';
import type { Life } from '../life.js';

/** How a phase came to an end without failing. */
export type PhaseEnd =
  | { readonly state: 'done'; readonly reason?: string }
  | { readonly state: 'not needed'; readonly reason: string };

/** One phase of a machine's life. It fails by throwing and settles the rest by `life.settled`. */
export interface PhaseStep {
  readonly phase: Phase;
  /** Gone through also where all else is settled. */
  readonly always?: true;
  go(life: Life): Promise<PhaseEnd>;
}

export const done = (reason?: string): PhaseEnd => ({ state: 'done', reason });
export const notNeeded = (reason: string): PhaseEnd => ({ state: 'not needed', reason });
