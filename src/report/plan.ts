import type { Commit, ItemMark, PlanDocument, PlanItem, PlanMachine, PlanSummary } from './documents.js';
import type { Paint } from './paint.js';
import { agreementText } from './planAgreement.js';
import { briefly, budgetText, orderText } from './planOrder.js';
import { freezeLines, windowLines } from './planWindows.js';
import { ago, columns, count, indent, machineList, pad } from './text.js';

/** The plan as people read it: machines with the same difference stand together. */
export function renderPlan(plan: PlanDocument, now: number, paint: Paint): string {
  const classes = groupsOf(plan);
  const width = Math.min(MAX_NAMES, Math.max(26, ...classes.map((one) => machineList(names(one)).length)));
  return [
    header(plan, now, paint),
    lookLine(plan, paint),
    '',
    ...classes.flatMap((group) => groupLines(group, width, paint)),
    '',
    ...rollbackLines(plan),
    ...ruleLines(plan, now),
    summaryText(plan.summary),
    `Plan ${paint.bold(plan.plan.slice(0, 8))}                apply exactly this:  millwright up -e ${plan.environment} --plan ${plan.plan.slice(0, 8)}`,
  ].join('\n');
}

/** Columns of names; what is longer pushes its own line alone. */
const MAX_NAMES = 60;

function header(plan: PlanDocument, now: number, paint: Paint): string {
  const place = paint.bold(`${plan.fleet}/${plan.environment}`);
  return `${place}   ${plan.commit ? commitText(plan.commit, now) : `revision ${plan.revision.slice(0, 8)}, not under version control`}`;
}

export function commitText(commit: Commit, now: number): string {
  const subject = commit.subject ? ` "${commit.subject}"` : '';
  const by = commit.author ? ` by ${commit.author}` : '';
  const when = commit.at ? `, ${ago(now - Date.parse(commit.at))}` : '';
  return `${commit.id.slice(0, 7)}${subject}${by}${when}${commit.dirty ? ', with uncommitted changes' : ''}`;
}

function lookLine(plan: PlanDocument, paint: Paint): string {
  if (!plan.looked) return paint.yellow(plan.unlooked ?? 'Planned from the record; no machine was asked.');
  const silent = plan.machines.filter((one) => one.silent !== null);
  const { asked, answered } = plan.looked;
  if (asked === 0) return 'No machine exists yet.';
  const head = `Looked at ${answered} of ${count(asked, 'machine')} just now.`;
  if (silent.length === 0) return head;
  return `${head} ${machineList(silent.map((one) => one.machine))} did not answer: planned from the last receipts.`;
}

/** Machines whose action, refusal and items are equal, in the order of the first of each. */
function groupsOf(plan: PlanDocument): PlanMachine[][] {
  const groups = new Map<string, PlanMachine[]>();
  for (const one of plan.machines) {
    const key = JSON.stringify([
      one.action,
      one.reason,
      one.refused,
      one.silent !== null,
      one.protect,
      one.items,
      one.action === 'nothing' ? null : one.unchanged,
      isDrained(one) ? [one.group, one.drainedAt] : null,
    ]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

const names = (group: readonly PlanMachine[]): string[] => group.map((one) => one.machine);

const signs: Readonly<Record<PlanMachine['action'], string>> = {
  nothing: '=',
  create: '+',
  change: '~',
  'power cycle': '↻',
  replace: '±',
  destroy: '-',
};
const words: Readonly<Record<PlanMachine['action'], string>> = {
  nothing: 'nothing to do',
  create: 'create',
  change: 'change in place',
  'power cycle': 'change with power cycle',
  replace: 'replace: a new instance',
  destroy: 'destroy',
};

function groupLines(group: readonly PlanMachine[], width: number, paint: Paint): string[] {
  const first = group[0];
  if (!first) return [];
  const sign = first.silent ? '?' : signs[first.action];
  const head = `${colour(first, paint)(sign)} ${pad(machineList(names(group)), width)} ${pad(actionText(first), 38)} ${noteText(group, paint)}`;
  // A new machine gets everything: `render` shows it, here it would only hide the rest.
  const items = first.action === 'create' ? [] : first.items.flatMap((item) => itemLines(item, paint));
  const same = first.unchanged > 0 && first.action !== 'nothing' ? [`= ${first.unchanged} others`] : [];
  const lines = [...items, ...(items.length > 0 ? same : []), ...drainLines(group)];
  return [head.trimEnd(), ...indent(lines, 4)];
}

/** A machine that is only being made is in nobody's use. */
const isDrained = ({ action, drainedAt }: PlanMachine): boolean =>
  drainedAt !== null && (action === 'destroy' || changing.includes(action));

function drainLines([first, second]: readonly PlanMachine[]): string[] {
  if (!first || !isDrained(first)) return [];
  const when = first.action === 'destroy' ? 'before that' : 'meanwhile';
  return [
    `${second ? 'each' : 'it'} is drained from ${first.drainedAt} ${when} (groups.${first.group}.around)`,
  ];
}

function colour(one: PlanMachine, paint: Paint): (text: string) => string {
  if (one.action === 'create') return paint.green;
  if (one.action === 'destroy' || one.action === 'replace') return paint.red;
  return one.action === 'nothing' ? paint.dim : paint.yellow;
}

const actionText = (one: PlanMachine): string => {
  const text = words[one.action];
  if (one.silent) return `${text}, when it answers`;
  return one.reason ? `${text}: ${one.reason}` : text;
};

function noteText(group: readonly PlanMachine[], paint: Paint): string {
  const first = group[0];
  if (first?.refused) return paint.red(`REFUSED ${first.refused}`);
  const notes = [
    first?.protect && first.action !== 'nothing' ? 'protected' : '',
    group.length > 1 ? count(group.length, 'machine') : '',
    group.length > 1 && first?.action !== 'create' && (first?.items.length ?? 0) > 0 ? 'one diff' : '',
    first?.action === 'create' && first.items.length > 0 ? count(first.items.length, 'resource') : '',
    first?.action === 'nothing' && first.unchanged > 0 ? `(${count(first.unchanged, 'resource')})` : '',
  ];
  return notes.filter(Boolean).join(', ');
}

const itemSigns: Readonly<Record<ItemMark, string>> = { add: '+', change: '~', remove: '-', run: '!' };

function itemLines(item: PlanItem, paint: Paint): string[] {
  const sign = itemSigns[item.mark];
  const head = item.text ? `${sign} ${pad(item.id, 22)} ${item.text}` : `${sign} ${item.id}`;
  return [
    head,
    ...indent(
      item.diff.map((line) => diffLine(line, paint)),
      4,
    ),
  ];
}

function diffLine(line: string, paint: Paint): string {
  if (line.startsWith('+')) return paint.green(line);
  if (line.startsWith('-')) return paint.red(line);
  return line.startsWith('@@') ? paint.cyan(line) : line;
}

const changing: readonly PlanMachine['action'][] = ['change', 'power cycle', 'replace'];

/** How each machine that changes would come back, and what would stay; a new machine has nothing to come back to. */
function rollbackLines(plan: PlanDocument): string[] {
  const changed = plan.machines.filter((one) => changing.includes(one.action));
  return [
    ...labelled('Rollback', grouped(changed, rungText)),
    ...labelled(
      'Rollback cannot undo',
      grouped(
        changed.filter((one) => one.cannotUndo.length > 0),
        (one) => one.cannotUndo.join(', '),
      ),
    ),
  ];
}

/** `restore, else snapshot (discards what was written since)`; `none: nothing was verified before`. */
function rungText({ rungs }: PlanMachine): string {
  const reachable = rungs
    .filter((one) => one.unreachable === undefined)
    .map((one) => `${one.rung}${one.discards === undefined ? '' : ` (discards ${one.discards})`}`);
  const not = rungs.flatMap((one) =>
    one.unreachable === undefined ? [] : [`${one.rung}: ${one.unreachable}`],
  );
  if (reachable.length === 0) return `none: ${not.join('; ') || 'nothing was verified before'}`;
  return [reachable.join(', else '), ...(not.length > 0 ? [`not ${not.join('; not ')}`] : [])].join('; ');
}

function grouped(machines: readonly PlanMachine[], text: (one: PlanMachine) => string): [string, string][] {
  const groups = new Map<string, string[]>();
  for (const one of machines) groups.set(text(one), [...(groups.get(text(one)) ?? []), one.machine]);
  return [...groups].map(([key, names]) => [machineList(names), key]);
}

const labelled = (label: string, rows: readonly (readonly string[])[]): string[] =>
  columns(rows.map((row) => [...row])).map((line, at) => `${pad(at === 0 ? label : '', 26)} ${line}`);

/** In which order, with whose consent and when. */
function ruleLines(plan: PlanDocument, now: number): string[] {
  const { order, gates, maxFailed, freezes, reconcile } = plan;
  const tells = order.length > 1 || order.some((one) => one.strategy !== null);
  const lines = [
    ...labelled('Order', tells ? [[orderText(order)]] : []),
    ...labelled('Budget', maxFailed === null ? [] : [[budgetText(maxFailed)]]),
    ...labelled(
      'Agreement',
      gates.map((gate) => [agreementText(gate, plan.commit?.author ?? null)]),
    ),
    ...labelled(
      'Window',
      windowLines(plan, now).map((line) => [line]),
    ),
    ...labelled(
      'Freeze',
      freezeLines(freezes, now).map((line) => [line]),
    ),
    ...labelled('Reconcile', reconcile ? [[`${reconcile.mode} every ${briefly(reconcile.everyMs)}`]] : []),
  ];
  return lines.length > 0 ? [...lines, ''] : [];
}

/** `2 create · 5 change (1 with power cycle) · 0 replace · 1 destroy refused · 2 unchanged`. */
export function summaryText(s: PlanSummary): string {
  const change = s.change + s.powerCycle;
  return [
    `${s.create} create`,
    `${change} change${s.powerCycle > 0 ? ` (${s.powerCycle} with power cycle)` : ''}`,
    `${s.replace} replace`,
    s.destroyRefused > 0 ? `${s.destroyRefused} destroy refused` : `${s.destroy} destroy`,
    `${s.unchanged} unchanged`,
  ].join(' · ');
}

/** Counts a plan's machines by what `up` would do to them. */
export function summarize(machines: readonly PlanMachine[]): PlanSummary {
  const with_ = (action: PlanMachine['action'], refused = false): number =>
    machines.filter((one) => one.action === action && (one.refused !== null) === refused).length;
  return {
    create: with_('create'),
    change: with_('change'),
    powerCycle: with_('power cycle'),
    replace: with_('replace'),
    destroy: with_('destroy'),
    destroyRefused: with_('destroy', true) + with_('replace', true),
    unchanged: with_('nothing'),
  };
}
