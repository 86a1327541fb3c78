import type { Plan, Target } from '../model/index.js';
import type { DiffItem } from './items.js';

/** A plan document with its target documents, as far as they tell policy. */
export interface PolicySide {
  readonly plan: Pick<Plan, 'groups'>;
  readonly targets: readonly Pick<Target, 'group' | 'rungs'>[];
}

/** How groups that are in both plans are treated differently: one item per group, in order of apply. */
export function diffPolicy(before: PolicySide, after: PolicySide): DiffItem[] {
  const old = policies(before);
  return [...policies(after)].flatMap(([group, now]): DiffItem[] => {
    const was = old.get(group);
    const differing = Object.entries(now).filter(([name, value]) => was && was[name] !== value);
    const text = differing.map(([name, value]) => `${name} ${was?.[name]} → ${value}`).join(', ');
    return text === '' ? [] : [{ mark: 'change', id: `group ${group}`, text, diff: [] }];
  });
}

type Policy = Readonly<Record<string, string>>;

function policies({ plan, targets }: PolicySide): ReadonlyMap<string, Policy> {
  const rungs = new Map(targets.map((target) => [target.group, target.rungs]));
  return new Map(
    plan.groups.map(({ group, after, maxParallel, onFailure }) => [
      group,
      {
        onFailure,
        rollback: (rungs.get(group) ?? []).map(({ rung }) => rung).join(' then ') || 'none',
        maxParallel: String(maxParallel),
        after: after.join(' ') || 'none',
      },
    ]),
  );
}
