import { type Gate, MillwrightError, type Plan } from '../model/index.js';
import type { MinimumGate, Place, Policy } from './types.js';

/** As far as gates are concerned. */
export type GatedPlan = Pick<Plan, 'fleetUid' | 'environment' | 'groups' | 'gates'>;

/**
 * What must be agreed to before a plan is carried out: its own gates, and those of the policy; of two with one id the
 * stricter of everything. Throws MW-POLICY-GATE where they name people of which nobody is in both.
 */
export function agreedGates(plan: GatedPlan, policy: Policy | undefined): Gate[] {
  const wanted = (policy?.gates ?? [])
    .filter((one) => holdsIn(one, plan))
    .flatMap((one) => placed(one, plan));
  const gates = new Map<string, Gate>();
  for (const gate of [...plan.gates, ...wanted]) {
    const known = gates.get(gate.id);
    gates.set(gate.id, known === undefined ? gate : stricter(known, gate));
  }
  return [...gates.values()].map((gate) => ({
    ...gate,
    unsigned: gate.unsigned && policy?.unsigned !== false,
    external: gate.external && policy?.external !== false,
  }));
}

export const holdsIn = (
  { fleet, environment }: Place,
  plan: Pick<Plan, 'fleetUid' | 'environment'>,
): boolean =>
  (fleet ?? plan.fleetUid) === plan.fleetUid && (environment ?? plan.environment) === plan.environment;

/** The gates of a plan that a rule of the policy stands for. */
function placed(rule: MinimumGate, { groups }: GatedPlan): Gate[] {
  const { fleet: _, environment: __, before, group, ...gate } = rule;
  if (before === 'rollout') return [{ id: 'rollout', ...gate }];
  const meant = groups.filter((one) => (before ?? group ?? one.group) === one.group);
  return meant.map(({ group: name, strategy }) => {
    // A manifest without a canary must not be a way around agreeing after it.
    const hasCanary = (strategy?.batches.length ?? 1) > 1;
    return { id: before === undefined && hasCanary ? `canary:${name}` : `group:${name}`, ...gate };
  });
}

function stricter(one: Gate, other: Gate): Gate {
  const sooner = (other.timeoutMs ?? Infinity) < (one.timeoutMs ?? Infinity) ? other : one;
  return {
    id: one.id,
    approvals: Math.max(one.approvals, other.approvals),
    from: common(one, other),
    ...(sooner.timeoutMs !== undefined && { timeoutMs: sooner.timeoutMs }),
    onTimeout: sooner.onTimeout,
    unsigned: one.unsigned && other.unsigned,
    external: one.external && other.external,
  };
}

/**
 * Throws MW-POLICY-GATE where fewer people that the policy knows may answer a gate than must: nobody would ever open it.
 * Who may not agree to this change still counts here: that is for a break-glass to answer.
 */
export function requireAnswerable(gates: readonly Gate[], { approvers }: Policy): void {
  for (const { id, approvals, from, unsigned, external } of gates) {
    const known = from.filter((name) => Object.hasOwn(approvers, name));
    const may = from.length > 0 ? known.length : Object.keys(approvers).length;
    if (unsigned || external || may >= approvals) continue;
    const asked = from.length > 0 ? `it asks ${from.join(', ')}` : 'it asks all approvers';
    throw nobody(
      `Nobody can open gate ${id}: ${approvals} must agree, ${asked}, and the policy knows ${may} of them.`,
      'Ask for fewer, or name more approvers whom the policy knows.',
    );
  }
}

/** Nobody named means everybody, so that nobody in common must never become an empty list. */
function common(one: Gate, other: Gate): readonly string[] {
  if (one.from.length === 0) return other.from;
  if (other.from.length === 0) return one.from;
  const both = one.from.filter((name) => other.from.includes(name));
  if (both.length > 0) return both;
  throw nobody(
    `Nobody may answer gate ${one.id}: one rule names ${one.from.join(', ')}, another ${other.from.join(', ')}.`,
    "Name somebody of the policy's in the manifest's gate, or leave its `from` out.",
  );
}

const nobody = (message: string, remedy: string): MillwrightError =>
  new MillwrightError({ code: 'MW-POLICY-GATE', cause: 'change', message, remedy }, false);
