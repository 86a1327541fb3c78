import { namedGate } from './heldReasons.js';
import { endedReasons, machineReasons, unreachable } from './machineReasons.js';
import { controlReasons, runReasons } from './runReasons.js';
import { type Reason, reason, type WhyFacts } from './types.js';
import { pendingReason, stopCommand } from './workReasons.js';

/** What a run or machines wait for, most fundamental first: without Temporal nothing else matters. */
export function reasonsOf(facts: WhyFacts): Reason[] {
  const base = [...unreachable(facts), ...controlReasons(facts)];
  if (facts.gate !== undefined) return [...base, ...namedGate(facts, facts.active, facts.gate)];
  return [...base, ...(facts.ofRun ? ofRun(facts, base) : ofMachines(facts))];
}

function ofRun(facts: WhyFacts, base: readonly Reason[]): Reason[] {
  const { active, machines } = facts;
  if (active === null)
    return [...endedReasons(facts), ...machines.flatMap((one) => machineReasons(facts, one))];
  const all = [...runReasons(facts, active), ...machines.flatMap((one) => workOf(facts, one))];
  return all.length > 0 || base.length > 0 ? all : [goingOn(facts)];
}

/** Of a run's machine only what is done on it now: the rest of it is the run's. */
function workOf(facts: WhyFacts, one: WhyFacts['machines'][number]): Reason[] {
  const { work } = one;
  if (work === null) return [];
  if (work.changeId !== facts.active?.run.change) return machineReasons(facts, one);
  return work.pending.map((pending) => pendingReason(one, pending, facts));
}

function goingOn({ active, flag }: WhyFacts): Reason {
  return reason({
    kind: 'working',
    waitsFor: 'nobody: it is between two steps',
    next: 'it goes on by itself',
    commands: active ? [stopCommand(active, flag)] : [],
  });
}

/** What holds up the whole run holds up its machines. */
function ofMachines(facts: WhyFacts): Reason[] {
  const { active, machines } = facts;
  const concerned = active !== null && machines.some((one) => active.planned.has(one.machine));
  const whole = concerned
    ? runReasons(facts, active).filter((one) => one.kind === 'stopping' || one.kind === 'rolling back')
    : [];
  return [...whole, ...machines.flatMap((one) => machineReasons(facts, one))];
}
