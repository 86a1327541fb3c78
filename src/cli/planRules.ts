import { windowState } from '../calendar/index.js';
import type { Plan, PlannedGroup, Target } from '../model/index.js';
import type { PlanGroup, PlanRules, WindowDocument } from '../report/index.js';

/** When and with whose consent a plan would be carried out; `at`: now, RFC 3339 UTC. */
export function planRules(plan: Plan, at: string): PlanRules {
  const { gates, windows = [], freezes = [], maxFailed = null, reconcile = null } = plan;
  return {
    gates: gates.map(({ timeoutMs = null, ...gate }) => ({ ...gate, timeoutMs })),
    ...{ windows, freezes, window: windowNow(plan, at), maxFailed, reconcile },
  };
}

function windowNow({ windows = [], freezes = [] }: Plan, at: string): WindowDocument | null {
  if (windows.length === 0 && freezes.length === 0) return null;
  const {
    until = null,
    startBy = null,
    closes = null,
    ...state
  } = windowState(windows, freezes, new Date(at));
  return { ...state, until, startBy, closes };
}

export function planGroup({ group, after, maxParallel, strategy, machines }: PlannedGroup): PlanGroup {
  if (!strategy) return { group, after, maxParallel, machines: machines.length, strategy: null };
  const { probes, ...sizes } = strategy;
  const watch = probes.map(({ name }) => name);
  return { group, after, maxParallel, machines: machines.length, strategy: { ...sizes, watch } };
}

/** `lb-1`; where it is put back elsewhere, both. */
export const drainedAt = ({ around }: Target): string | null =>
  around ? [...new Set([around.drain.at, around.restore.at])].join(' and ') : null;
