import type { Outcome } from '../../model/index.js';
import { duration, nameList, oneLine, outcomeText, outcomeWords } from '../../report/index.js';
import { heldReasons } from './heldReasons.js';
import { engineReason, leftReason, questionReason, turnReason } from './runReasons.js';
import { type MachineFacts, type Reason, reason, runName, type WhyFacts } from './types.js';
import { pendingReason, stopCommand } from './workReasons.js';

/** Why one machine isn't what it should be, or that it is: at least one reason. */
export function machineReasons(facts: WhyFacts, one: MachineFacts): Reason[] {
  const now = [...workReasons(facts, one), ...placeReasons(facts, one)];
  const here = { machine: one.machine, group: one.group };
  const written = [...holdReasons(facts, one), ...debtReasons(facts, one), ...drainedReasons(facts, one)];
  const all = [...now, ...written];
  const settled = now.length > 0 ? [] : [lastReason(facts, one)];
  return [...all, ...settled].map((each) => ({ ...each, ...here }));
}

/** What somebody does on it at this moment, or is about to. */
function workReasons(facts: WhyFacts, one: MachineFacts): Reason[] {
  const { work } = one;
  if (work === null) return [];
  const ours = facts.active !== null && work.changeId === facts.active.run.change;
  if (!ours) return [busyReason(facts, one)];
  return work.pending.map((pending) => pendingReason(one, pending, facts));
}

function busyReason({ active, at }: WhyFacts, { work, machine }: MachineFacts): Reason {
  const who = work?.startedBy ?? 'somebody';
  const what = work?.changeId ? `change ${work.changeId}` : 'an operation of theirs';
  const waits = active?.planned.has(machine) ?? false;
  return reason({
    kind: 'busy',
    waitsFor: `${who}, who works on it by ${what}${work?.since ? ` for ${duration(Date.parse(at) - Date.parse(work.since))} now` : ''}`,
    since: work?.since ?? null,
    release: `${who}, or whoever may stop that`,
    next: waits
      ? 'the run waits for five minutes; then the machine is owed'
      : 'other runs wait for it meanwhile',
    commands: work?.changeId
      ? [{ command: `millwright why ${work.changeId}`, does: 'says what that waits for' }]
      : [],
  });
}

/** Where it stands in the active run, while nobody works on it. */
function placeReasons(facts: WhyFacts, one: MachineFacts): Reason[] {
  const { active } = facts;
  if (active?.progress == null || one.work !== null || !active.planned.has(one.machine)) return [];
  const question = active.questions.find((each) => each.machine === one.machine);
  if (question) return [questionReason(question, active, facts)];
  if (one.done !== null) return [];
  const group = active.progress.groups.find((each) => each.group === one.group);
  if (group?.state === 'waiting')
    return [
      reason({
        kind: 'group',
        waitsFor: `group ${group.after.join(', ') || 'before it'}`,
        next: `it begins when ${group.after.join(' and ')} is done; if that fails, it is left out`,
      }),
    ];
  if (group?.state === 'asking') return [leftReason(group, one.machine, active)];
  const held = heldReasons(facts, active, one.group);
  if (held.length > 0 && group?.state !== 'done') return held;
  return group?.state === 'running' ? [turnReason(group, one.machine, active)] : [];
}

function holdReasons({ at, flag }: WhyFacts, { row, machine }: MachineFacts): Reason[] {
  if (row?.hold == null) return [];
  const { by, until, reason: why } = row.hold;
  const end =
    until === undefined
      ? 'it has no end'
      : `it ends by itself in ${duration(Date.parse(until) - Date.parse(at))}`;
  return [
    reason({
      kind: 'hold',
      waitsFor: `its release: ${by ?? 'somebody'} holds it: ${oneLine(why)}`,
      release: `${by ?? 'whoever put it'}, or any operator`,
      next: `runs leave it alone and name it as owed; ${end}`,
      commands: [{ command: `millwright release ${machine}${flag}`, does: 'lets runs work on it again' }],
    }),
  ];
}

function debtReasons({ flag }: WhyFacts, { row }: MachineFacts): Reason[] {
  if (row === null || row.debts.length === 0) return [];
  return [
    reason({
      kind: 'debt',
      waitsFor: `what is owed on it: ${row.debts.join(', ')}`,
      since: row.updatedAt,
      next: 'the next run that gets in pays it before anything else counts as done',
      commands: [{ command: `millwright up${flag}`, does: 'pays it' }],
    }),
  ];
}

/** Taken out of use for its change, and not put back since it isn't verified. */
function drainedReasons({ flag }: WhyFacts, { row, done, last, machine }: MachineFacts): Reason[] {
  const at = (done ?? last)?.drained;
  if (at === undefined) return [];
  return [
    reason({
      kind: 'drained',
      waitsFor: `its verification: until then it stays drained from ${at}`,
      since: row?.updatedAt ?? null,
      release: 'whoever may answer or run millwright up',
      next: 'the run that verifies it puts it back into use',
      commands: [{ command: `millwright logs ${machine}${flag}`, does: 'shows what the last run said' }],
    }),
  ];
}

/** Nobody works on it: what the last run left, and what the next one would do. */
function lastReason(facts: WhyFacts, one: MachineFacts): Reason {
  const { row, done, last } = one;
  if (row === null || row.forgotten) return absent(facts, one);
  const outcome = done ?? last;
  const said = outcome === null ? wordOfRow(row.lastOutcome) : outcomeText(outcome);
  const failure = outcome?.failure;
  const kind = kindOf(outcome?.outcome ?? row.lastOutcome);
  return reason({
    kind,
    waitsFor:
      kind === 'well'
        ? `nothing: ${said}`
        : `the next run: ${said}${failure ? `: ${failure.code}: ${failure.message}` : ''}`,
    since: row.updatedAt,
    release: kind === 'well' ? null : `whoever may run millwright up in ${facts.place}`,
    next: nextText(facts, one),
    commands: kind === 'well' ? [] : nextCommands(facts, one),
    detail: failure?.detail ?? [],
  });
}

const wordOfRow = (outcome: string): string =>
  outcome in outcomeWords ? outcomeWords[outcome as Outcome] : outcome;

const kinds: Readonly<Record<string, Reason['kind']>> = {
  ...{ aligned: 'well', applied: 'well', 'rolled-back-verified': 'well', destroyed: 'well' },
  ...{
    owed: 'owed',
    skipped: 'owed',
    stopped: 'owed',
    cancelled: 'owed',
    running: 'unknown',
    unknown: 'unknown',
  },
};
const kindOf = (outcome: string): Reason['kind'] => kinds[outcome] ?? 'failed';

const absent = (facts: WhyFacts, one: MachineFacts): Reason =>
  reason({
    kind: 'absent',
    waitsFor: one.row?.forgotten
      ? 'nothing: it was forgotten, and is nobody’s business any more'
      : 'the run that makes it: it has no VM',
    next: nextText(facts, one),
    commands: [{ command: `millwright up${facts.flag}`, does: 'makes it' }],
  });

function nextText({ active }: WhyFacts, { next }: MachineFacts): string {
  if (active) return 'the active run says when it ends';
  if (next === null) return 'what the next up would do is not known: millwright validate says why';
  if (next.refused !== null)
    return `the next up would ${actionText[next.action]}, and is refused: ${next.refused}`;
  const why = next.reason === null ? '' : ` (${next.reason})`;
  return `the next up would ${actionText[next.action]}${why}`;
}

const actionText = {
  nothing: 'only compare it with its contract',
  create: 'make it',
  change: 'change it in place',
  'power cycle': 'change it with a power cycle',
  replace: 'replace it',
  destroy: 'destroy it',
} as const;

const nextCommands = ({ flag, active }: WhyFacts, { machine }: MachineFacts): Reason['commands'] => [
  ...(active ? [stopCommand(active, flag)] : [{ command: `millwright up${flag}`, does: 'goes on with it' }]),
  { command: `millwright logs ${machine}${flag}`, does: 'shows what the last run said' },
];

/** A run that has ended waits for nothing; what it left behind may. */
export function endedReasons({ ended, machines, flag }: WhyFacts): Reason[] {
  if (ended === null) return [];
  const left = machines.map((one) => one.machine);
  return [
    reason({
      kind: 'ended',
      waitsFor: `nothing: run ${runName(ended)} has ended: ${ended.outcome ?? 'how is not written'}`,
      next:
        left.length === 0
          ? 'nothing is left of it to do'
          : `${nameList(left)} ${left.length === 1 ? 'is' : 'are'} not well since; millwright up goes on from there`,
      commands:
        left.length === 0 ? [] : [{ command: `millwright up${flag}`, does: 'goes on where it stopped' }],
    }),
  ];
}

export const unreachable = ({ engineSilent }: WhyFacts): Reason[] =>
  engineSilent === null ? [] : [engineReason(engineSilent)];
