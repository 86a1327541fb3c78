import type {
  Action,
  Base,
  Bundle,
  BundleId,
  BundleOutline,
  MachineBase,
  PlannedRung,
  RollbackRung,
  Target,
} from '../model/index.js';

type Outlines = ReadonlyMap<BundleId, BundleOutline>;

/** Bundles that rollbacks would return to: whose outlines `compile` wants to know. */
export const verifiedBundles = (base: Base): BundleId[] => [
  ...new Set(Object.values(base).flatMap(({ verified }) => verified ?? [])),
];

/** The rungs that a group names, as far as this machine can take them, and the steps that make restore impossible. */
export function waysBack(
  named: readonly RollbackRung[],
  machine: string,
  action: Action,
  base: MachineBase | undefined,
  bundle: Bundle,
  outlines?: Outlines,
): Pick<Target, 'rungs' | 'cannotUndo'> {
  const cannotUndo = irreversible(bundle, base?.verified ?? null, outlines);
  const whyNot = (rung: RollbackRung): string | undefined => {
    if (!base?.verified) return 'nothing verified to return to';
    if (rung === 'replace') return undefined;
    if (action === 'replace') return 'it is replaced: of what there was before, nothing is left';
    return rung === 'restore' && cannotUndo.length > 0 ? `can't undo ${cannotUndo.join(', ')}` : undefined;
  };
  return { rungs: named.map((rung) => plannedRung(rung, machine, whyNot(rung))), cannotUndo };
}

/** Steps that differ from what was verified. Where that isn't known, each may be new. */
function irreversible(bundle: Bundle, verified: BundleId | null, outlines?: Outlines): string[] {
  if (verified === bundle.id) return [];
  const before = new Map(outlines?.get(verified ?? '')?.steps.map(({ id, hash }) => [id, hash]));
  return bundle.steps
    .filter(({ id, hash, undo }) => undo === 'none' && before.get(id) !== hash)
    .map(({ id }) => id);
}

function plannedRung(rung: RollbackRung, machine: string, unreachable: string | undefined): PlannedRung {
  const discards = discarded[rung](machine);
  return {
    rung,
    ...(unreachable === undefined ? {} : { unreachable }),
    ...(discards === undefined ? {} : { discards }),
  };
}

const discarded: Readonly<Record<RollbackRung, (machine: string) => string | undefined>> = {
  restore: () => undefined,
  snapshot: (machine) => `all that was written on ${machine}'s disks since the change began`,
  replace: (machine) => `everything on ${machine} but its kept disks`,
};
