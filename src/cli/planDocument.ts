import type { PlannedMachine, Target } from '../model/index.js';
import type { Policy } from '../policy/index.js';
import { type PlanDocument, type PlanItem, type PlanMachine, summarize } from '../report/index.js';
import type { LookedMachine } from '../workflows/lookTypes.js';
import { drainedAt, planGroup, planRules } from './planRules.js';
import type { Prepared } from './prepare.js';

export interface Looks {
  readonly machines: ReadonlyMap<string, LookedMachine>;
}

export interface PlanInput {
  readonly prepared: Prepared;
  /** What was seen just now; a text: why nobody was asked. */
  readonly looks: Looks | string;
  readonly allowDestroy: boolean;
  /** Step differences between base and new bundle, per machine. */
  items(machine: string): readonly PlanItem[];
  readonly at: string;
  /** The control side's, where its file is at hand. */
  readonly policy?: Policy;
}

/** The plan as it is shown: what it permits, and how reality differs from it right now. */
export function planDocument(input: PlanInput): PlanDocument {
  const { prepared, looks } = input;
  const { compiled, environment, fleet, commit } = prepared;
  const planned = [...compiled.plan.groups.flatMap((group) => group.machines), ...compiled.plan.removed];
  const machines = compiled.targets.map((target, at) => planMachine(input, target, planned[at]));
  return {
    schema: 'millwright/plan/v1',
    ...environment,
    plan: compiled.planDigest,
    intent: compiled.intent,
    revision: fleet.revision,
    commit,
    at: input.at,
    looked: typeof looks === 'string' ? null : lookedCounts(looks),
    unlooked: typeof looks === 'string' ? looks : null,
    machines,
    order: compiled.plan.groups.map(planGroup),
    summary: summarize(machines),
    ...planRules(compiled.plan, input.at, input.policy),
  };
}

function lookedCounts({ machines }: Looks): { asked: number; answered: number } {
  const answered = [...machines.values()].filter((one) => silence(one) === null).length;
  return { asked: machines.size, answered };
}

const silence = (one: LookedMachine | undefined): string | null =>
  one?.failure?.message ?? one?.look?.unreachable?.message ?? null;

function planMachine(input: PlanInput, target: Target, planned: PlannedMachine | undefined): PlanMachine {
  const { machine } = target.ref;
  const looked = typeof input.looks === 'string' ? undefined : input.looks.machines.get(machine);
  const seen = seenAction(target, looked);
  const items = merged(firstLook(target, looked) ? [] : input.items(machine), looked);
  return {
    machine,
    group: target.group,
    site: target.site,
    action: seen.action,
    reason: seen.reason,
    refused: refusal(target, planned, input.allowDestroy),
    protect: target.protect,
    items,
    unchanged: target.steps.length - items.filter((item) => target.steps.includes(item.id)).length,
    silent: silence(looked),
    rungs: target.rungs ?? [],
    cannotUndo: target.cannotUndo ?? [],
    drainedAt: drainedAt(target, input.prepared.compiled.plan),
  };
}

/** What will happen: the permitted action, unless reality has moved since the record was written. */
function seenAction(
  target: Target,
  looked: LookedMachine | undefined,
): Pick<PlanMachine, 'action' | 'reason'> {
  const planned = { action: target.action, reason: target.reason ?? null };
  const look = looked?.look;
  if (!look || target.action === 'destroy' || target.action === 'create') return planned;
  if (look.found.state === 'absent') return { action: 'create', reason: 'its VM is gone' };
  if (look.aligned || target.action !== 'nothing' || silence(looked) !== null) return planned;
  const why =
    look.debts && look.debts.length > 0
      ? `owed: ${look.debts.join(', ')}`
      : target.base?.verified === target.base?.assigned
        ? 'drifted from what it was admitted to'
        : 'the last run did not finish it';
  return { action: 'change', reason: why };
}

/** Of a machine that existed before we came, what it says itself counts: much may be right already. */
const firstLook = ({ base, connection }: Target, looked: LookedMachine | undefined): boolean =>
  base === null && connection !== undefined && looked?.look !== undefined && silence(looked) === null;

function refusal(target: Target, planned: PlannedMachine | undefined, allowDestroy: boolean): string | null {
  if (target.action !== 'destroy' && target.action !== 'replace') return null;
  if (planned?.refused) return planned.refused;
  return allowDestroy ? null : 'without --allow-destroy';
}

/** The difference of the texts, and what the machine itself said where the texts don't differ. */
function merged(items: readonly PlanItem[], looked: LookedMachine | undefined): PlanItem[] {
  const known = new Set(items.map((item) => item.id));
  const drift = (looked?.look?.differs ?? []).filter(
    (one) => !known.has(one.step) && (one.step !== 'bundle' || items.length === 0),
  );
  const debts = (looked?.look?.debts ?? []).map((debt): PlanItem => {
    const [action = 'run', ...step] = debt.split(' ');
    return { mark: 'run', id: step.join(' ') || debt, text: `${action}, owed from before`, diff: [] };
  });
  return [
    ...items,
    ...drift.map((one): PlanItem => ({ mark: 'change', id: one.step, text: one.reason, diff: [] })),
    ...debts.filter((debt) => !known.has(debt.id)),
  ];
}
