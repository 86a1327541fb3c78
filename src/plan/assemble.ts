import type {
  Bundle,
  BundleId,
  Digest,
  EnvironmentRef,
  Plan,
  PlannedGroup,
  PlannedMachine,
  Target,
} from '../model/index.js';
import { intentDigest, planDigest, targetDigest } from './documents.js';
import type { PlanPolicy } from './gates.js';

/** A plan and everything it names by digest. */
export interface Compiled {
  readonly ok: true;
  readonly plan: Plan;
  readonly planDigest: Digest;
  readonly intent: Digest;
  /** In order of the plan, removed ones last. */
  readonly targets: readonly Target[];
  readonly bundles: ReadonlyMap<BundleId, Bundle>;
}

export type TargetGroup = Omit<PlannedGroup, 'machines'> & { readonly targets: readonly Target[] };

export interface Parts {
  readonly environment: EnvironmentRef;
  /** In order of apply. */
  readonly groups: readonly TargetGroup[];
  /** In order of destroy. */
  readonly removed: readonly Target[];
  readonly bundles: ReadonlyMap<BundleId, Bundle>;
  /** Undefined: it may run at any time, and nobody is asked. */
  readonly policy?: PlanPolicy;
}

export function assemble({ environment, groups, removed, bundles, policy }: Parts): Compiled {
  const { fleet, fleetUid, environment: name } = environment;
  const plan: Plan = {
    version: 1,
    ...{ fleet, fleetUid, environment: name },
    groups: groups.map(({ targets, ...group }) => ({ ...group, machines: targets.map(planned) })),
    removed: removed.map(planned),
    ...(policy ?? { gates: [] }),
  };
  const targets = [...groups.flatMap((group) => group.targets), ...removed];
  return {
    ok: true,
    plan,
    planDigest: planDigest(plan),
    intent: intentDigest(plan, targets),
    targets,
    bundles,
  };
}

function planned(target: Target): PlannedMachine {
  const { ref, site, action, base, bundle } = target;
  return {
    ...{ machine: ref.machine, site, action },
    target: targetDigest(target),
    baseBundle: base?.assigned ?? null,
    bundle,
    ...(isRefused(target) ? { refused: 'protected' } : {}),
  };
}

/** The stamp counts, not the text: it is lifted only by an applied `protect: false`. */
const isRefused = ({ action, base }: Target): boolean =>
  (action === 'destroy' || action === 'replace') && base?.protect === true;
