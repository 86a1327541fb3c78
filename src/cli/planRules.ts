import { windowState } from '../calendar/index.js';
import type { Freeze, Gate, Plan, PlannedGroup, Target } from '../model/index.js';
import { agreedGates, holdsIn, type Policy, type PolicyFreeze, requireAnswerable } from '../policy/index.js';
import type { PlanGroup, PlanRules, WindowDocument } from '../report/index.js';

/**
 * When and with whose consent a plan would be carried out; `at`: now, RFC 3339 UTC. `policy`: the control side's, where
 * its file is at hand. Throws MW-POLICY-GATE where nobody could open a gate: the run would be refused, too.
 */
export function planRules(plan: Plan, at: string, policy?: Policy): PlanRules {
  const { windows = [], maxFailed = null, reconcile = null } = plan;
  const gates = policy ? inTurn(agreedGates(plan, policy), plan) : plan.gates;
  if (policy) requireAnswerable(gates, policy);
  const added = (policy?.freezes ?? []).filter((freeze) => holdsIn(freeze, plan)).map(withoutPlace);
  const freezes = [...(plan.freezes ?? []), ...added];
  return {
    gates: gates.map(({ timeoutMs = null, ...gate }) => ({ ...gate, timeoutMs })),
    ...{ windows, freezes, window: windowNow(windows, freezes, at), maxFailed, reconcile },
  };
}

const withoutPlace = ({ from, to, zone, because, atStart }: PolicyFreeze): Freeze => ({
  ...{ from, to, zone, because, atStart },
});

/** In the order in which a rollout meets them. */
function inTurn(gates: readonly Gate[], { groups }: Pick<Plan, 'groups'>): Gate[] {
  const turns = ['rollout', ...groups.flatMap(({ group }) => [`group:${group}`, `canary:${group}`])];
  return [...gates].sort((a, b) => turns.indexOf(a.id) - turns.indexOf(b.id));
}

function windowNow(
  windows: PlanRules['windows'],
  freezes: readonly Freeze[],
  at: string,
): WindowDocument | null {
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

/** `lb-1`; where it is put back elsewhere, both. One that goes isn't put back, nor drained at what goes, too. */
export function drainedAt({ action, around }: Target, { removed }: Pick<Plan, 'removed'>): string | null {
  if (!around) return null;
  const places = [...new Set([around.drain.at, around.restore.at])];
  if (action !== 'destroy') return places.join(' and ');
  return removed.some(({ machine }) => places.includes(machine)) ? null : around.drain.at;
}
