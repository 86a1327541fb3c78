import { canonicalJson, type Freeze, type Gate, type Plan, type Window } from '../model/index.js';
import type { DiffItem } from './items.js';
import { listed, seconds } from './words.js';

/** When and with whose consent a plan is carried out. */
export type Rules = Partial<Pick<Plan, 'gates' | 'windows' | 'freezes' | 'maxFailed' | 'reconcile'>>;

/** Gates, windows, freezes, the budget and the schedule that differ between two plans. */
export const diffRules = (before: Rules, after: Rules): DiffItem[] => [
  ...gateItems(before.gates ?? [], after.gates ?? []),
  ...listItems('window', (before.windows ?? []).map(windowText), (after.windows ?? []).map(windowText)),
  ...listItems('freeze', (before.freezes ?? []).map(freezeText), (after.freezes ?? []).map(freezeText)),
  ...valueItem('maxFailed of the rollout', before.maxFailed, after.maxFailed),
  ...valueItem('reconcile', reconcileText(before), reconcileText(after)),
];

function gateItems(before: readonly Gate[], after: readonly Gate[]): DiffItem[] {
  const old = new Map(before.map((gate) => [gate.id, gate]));
  const kept = new Set(after.map(({ id }) => id));
  const differing = after.flatMap((gate): DiffItem[] => {
    const was = old.get(gate.id);
    if (!was) return [item('add', `gate ${gate.id}`, gateText(gate))];
    if (canonicalJson(was) === canonicalJson(gate)) return [];
    return [item('change', `gate ${gate.id}`, `${gateText(was)} → ${gateText(gate)}`)];
  });
  const gone = before.filter(({ id }) => !kept.has(id));
  return [...differing, ...gone.map((gate) => item('remove', `gate ${gate.id}`, gateText(gate)))];
}

function gateText({ approvals, from, timeoutMs, onTimeout, unsigned, external }: Gate): string {
  const parts = [
    `${approvals} of ${from.length > 0 ? from.join(', ') : 'all approvers'}`,
    timeoutMs === undefined ? '' : `${onTimeout} after ${seconds(timeoutMs)}`,
    ...[unsigned ? 'unsigned' : '', external ? 'external' : ''],
  ];
  return parts.filter((part) => part !== '').join('; ');
}

const windowText = ({ days, from, to, zone, startBy, atClose }: Window): string =>
  `${listed(days, ' ')} ${from}–${to} ${zone}${startBy === undefined ? '' : `, begun by ${startBy}`}, then ${atClose}`;

const freezeText = ({ from, to, zone, because, atStart }: Freeze): string =>
  `${from} to ${to} ${zone}, ${atStart}: ${because}`;

const reconcileText = ({ reconcile }: Rules): string | undefined =>
  reconcile && `${reconcile.mode} every ${seconds(reconcile.everyMs)}, up to ${reconcile.maxMachines}`;

function listItems(id: string, before: readonly string[], after: readonly string[]): DiffItem[] {
  const added = after.filter((text) => !before.includes(text));
  const gone = before.filter((text) => !after.includes(text));
  return [...added.map((text) => item('add', id, text)), ...gone.map((text) => item('remove', id, text))];
}

function valueItem(id: string, before: string | number | undefined, after: typeof before): DiffItem[] {
  return before === after ? [] : [item('change', id, `${before ?? 'none'} → ${after ?? 'none'}`)];
}

const item = (mark: DiffItem['mark'], id: string, text: string): DiffItem => ({ mark, id, text, diff: [] });
