import { gatePlace } from './gates.js';
import { briefly } from './planOrder.js';
import type { PlanGate } from './planRules.js';

/** `before web: 1 of platform, oncall; not platform, who wrote it`. */
export function agreementText(gate: PlanGate, author: string | null): string {
  const { id, approvals, from, timeoutMs, onTimeout, unsigned, external } = gate;
  const who = from.length > 0 ? from.join(', ') : 'the approvers';
  const then = onTimeout === 'rollback' ? 'is rolled back' : 'stops';
  const parts = [
    `${gatePlace(id)}: ${approvals} of ${who}`,
    author !== null && from.includes(author) ? `not ${author}, who wrote it` : '',
    unsigned ? 'or anybody by a plain message' : '',
    external ? "or a pipeline's own approval" : '',
    timeoutMs === null ? '' : `within ${briefly(timeoutMs)}, else the run ${then}`,
  ];
  return parts.filter(Boolean).join('; ');
}
