import { type Digest, digestOf, documentDomains, type Plan, type Target } from '../model/index.js';

const INTENT_DOMAIN = 'millwright.intent.v1';

/** Store digest of a plan: what approvals bind. */
export const planDigest = (plan: Plan): Digest => digestOf(documentDomains.plan, plan);

/** Store digest of a target document. */
export const targetDigest = (target: Target): Digest => digestOf(documentDomains.target, target);

/**
 * Targets, new bundles and policy without the base: the same intent attaches to a rollout that runs, although what has
 * been done meanwhile makes it another plan. What isn't declared is undefined here, which leaves no trace in a digest.
 */
export function intentDigest(plan: Plan, targets: readonly Target[]): Digest {
  const declared = targets.filter((target) => target.action !== 'destroy');
  return digestOf(INTENT_DOMAIN, {
    fleetUid: plan.fleetUid,
    environment: plan.environment,
    groups: plan.groups.map(({ group, after, maxParallel, onFailure, strategy }) => ({
      ...{ group, after, maxParallel, onFailure, strategy },
    })),
    ...{ gates: plan.gates, windows: plan.windows, freezes: plan.freezes, maxFailed: plan.maxFailed },
    targets: declared.map(({ ref, group, site, shapeDigest, protect, labels, bundle, rungs, around }) => ({
      ...{ machine: ref.machine, group, site, shapeDigest, protect, labels, bundle },
      rollback: rungs.map(({ rung }) => rung),
      around,
    })),
    // A plan that declares nothing is told apart by what it removes.
    removed: declared.length > 0 ? [] : plan.removed.map((one) => one.machine),
  });
}
