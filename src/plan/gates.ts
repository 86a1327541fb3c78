import type { Manifest, ManifestGate } from '../manifest/types.js';
import type { Gate, Plan } from '../model/index.js';

/** When and with whose consent a plan is carried out, as far as it isn't said per group. */
export type PlanPolicy = Pick<Plan, 'gates' | 'windows' | 'freezes' | 'maxFailed' | 'reconcile'>;

/** What is known of a group's machines in this plan. */
interface Spread {
  readonly group: string;
  readonly machines: number;
  /** Batches that they are worked on in. */
  readonly batches: number;
}

export function policyOf(manifest: Manifest, groups: readonly Spread[]): PlanPolicy {
  const { windows, freezes, maxFailed, reconcile } = manifest;
  return {
    gates: gatesOf(manifest.gates ?? [], groups),
    ...(windows && { windows }),
    ...(freezes && { freezes }),
    ...(maxFailed === undefined ? {} : { maxFailed }),
    ...(reconcile && { reconcile }),
  };
}

/** In the order in which a rollout meets them, so that no order of the text matters. */
function gatesOf(declared: readonly ManifestGate[], groups: readonly Spread[]): Gate[] {
  const before = (name: string): Gate[] => {
    const found = declared.find((gate) => gate.before === name);
    return found ? [gateOf(found, name === 'rollout' ? name : `group:${name}`)] : [];
  };
  const canary = (name: string): Gate[] => {
    const canaries = declared.filter((gate) => gate.after === 'canary');
    const found =
      canaries.find((gate) => gate.group === name) ?? canaries.find((gate) => gate.group === undefined);
    return found ? [gateOf(found, `canary:${name}`)] : [];
  };
  return [
    ...before('rollout'),
    ...groups.flatMap(({ group, machines, batches }) => [
      ...(machines > 0 && group !== 'rollout' ? before(group) : []),
      ...(batches > 1 ? canary(group) : []),
    ]),
  ];
}

const gateOf = (
  { path: _, before: __, after: ___, group: ____, ...gate }: ManifestGate,
  id: string,
): Gate => ({
  id,
  ...gate,
});
