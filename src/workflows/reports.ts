import { setCurrentDetails } from '@temporalio/workflow';
import type { Phase, PhaseReport, PhaseState } from '../model/index.js';
import type { Life } from './life.js';

// The sandbox's clock is the history's: a replay reads the same times.
const now = (): string => new Date().toISOString();

export function phaseStarted(life: Life, phase: Phase): void {
  life.phases.push({ phase, state: 'running', startedAt: now() });
  setCurrentDetails(table(life.phases));
}

/** Closes the report of a phase, or adds one that never began. */
export function phaseEnded(life: Life, phase: Phase, state: PhaseState, reason?: string): void {
  const index = life.phases.findIndex((one) => one.phase === phase);
  const startedAt = life.phases[index]?.startedAt;
  const ran = state !== 'not needed' && startedAt !== undefined;
  const report: PhaseReport = { phase, state, reason, ...(ran ? { startedAt, endedAt: now() } : {}) };
  life.phases.splice(index < 0 ? life.phases.length : index, 1, report);
  setCurrentDetails(table(life.phases));
}

const table = (phases: readonly PhaseReport[]): string =>
  ['| phase | state | |', '|---|---|---|', ...phases.map(line)].join('\n');

const line = ({ phase, state, reason }: PhaseReport): string => `| ${phase} | ${state} | ${reason ?? ''} |`;
