import { canonicalJson, type Plan, type PlannedGroup, type Target } from '../model/index.js';
import type { DiffItem } from './items.js';
import { diffRules, type Rules } from './rules.js';
import { listed, seconds } from './words.js';

/** A plan document with its target documents, as far as they tell policy. */
export interface PolicySide {
  readonly plan: Pick<Plan, 'groups'> & Rules;
  readonly targets: readonly (Pick<Target, 'group' | 'rungs'> & Partial<Pick<Target, 'around'>>)[];
}

/**
 * How groups that are in both plans are treated differently, one item per group in order of apply; then gates, windows,
 * freezes and budgets that differ.
 */
export function diffPolicy(before: PolicySide, after: PolicySide): DiffItem[] {
  const old = policies(before);
  const groups = [...policies(after)].flatMap(([group, now]): DiffItem[] => {
    const was = old.get(group);
    const text = was ? differing(was, now).join(', ') : '';
    return text === '' ? [] : [{ mark: 'change', id: `group ${group}`, text, diff: [] }];
  });
  return [...groups, ...diffRules(before.plan, after.plan)];
}

/** What is said of one thing, and what it is equal by where that is more. */
type Policy = Readonly<Record<string, { readonly text: string; readonly whole?: unknown }>>;

const differing = (was: Policy, now: Policy): string[] =>
  Object.entries(now).flatMap(([name, value]) => {
    const old = was[name];
    if (old?.text !== value.text) return [`${name} ${old?.text} → ${value.text}`];
    return same(old.whole, value.whole) ? [] : [`${name} ${value.text} differs`];
  });

const same = (a: unknown = null, b: unknown = null): boolean => canonicalJson(a) === canonicalJson(b);

function policies({ plan, targets }: PolicySide): ReadonlyMap<string, Policy> {
  const first = new Map([...targets].reverse().map((target) => [target.group, target]));
  return new Map(plan.groups.map((group) => [group.group, policyOf(group, first.get(group.group))]));
}

function policyOf(group: PlannedGroup, target?: PolicySide['targets'][number]): Policy {
  const { after, maxParallel, onFailure, machines } = group;
  const { drain, restore } = target?.around ?? {};
  const places = [...new Set([drain, restore].flatMap((step) => (step ? [step.at] : [])))];
  return {
    onFailure: { text: onFailure },
    rollback: {
      text: listed(
        (target?.rungs ?? []).map(({ rung }) => rung),
        ' then ',
      ),
    },
    maxParallel: { text: String(maxParallel) },
    after: { text: listed(after, ' ') },
    ...strategyPolicy(group),
    order: { text: orderOf(machines.map(({ machine }) => machine)) },
    around: { text: listed(places, ' '), whole: target?.around },
  };
}

/** All machines in one batch of which none may fail is what no strategy means. */
function strategyPolicy({ strategy, machines }: PlannedGroup): Policy {
  const { batches = [machines.length], soakMs = 0, maxFailed = 0, surge = 0, probes = [] } = strategy ?? {};
  return {
    batches: { text: batches.length > 1 ? listed(batches.map(String), ' ') : 'one' },
    soak: { text: seconds(soakMs) },
    maxFailed: { text: String(maxFailed) },
    surge: { text: String(surge) },
    watch: {
      text: listed(
        probes.map(({ name }) => name),
        ', ',
      ),
      whole: probes,
    },
  };
}

/** Machines that come or go change no order. */
const orderOf = (names: readonly string[]): string => {
  const sorted = [...names].sort(byNumber);
  if (same(names, sorted)) return 'number';
  return same(names, [...sorted].reverse()) ? 'reverse' : 'shuffled';
};

/** `web-9` before `web-10`. */
const byNumber = (a: string, b: string): number =>
  Number(/-(\d+)$/.exec(a)?.[1] ?? 0) - Number(/-(\d+)$/.exec(b)?.[1] ?? 0) || (a < b ? -1 : 1);
