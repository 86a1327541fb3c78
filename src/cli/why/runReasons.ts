import { answersTo, count, nameList, oneLine, type QuestionDocument } from '../../report/index.js';
import type { GroupProgress, RolloutProgress } from '../../workflows/types.js';
import { outsideWindow, pauseOf } from '../run/governed.js';
import { heldReasons } from './heldReasons.js';
import { type ActiveFacts, type Reason, reason, runName, type WhyFacts } from './types.js';
import { nobodyServes, startControl } from './workers.js';

/** Why a run isn't done yet, as far as that isn't about one machine's work. */
export function runReasons(facts: WhyFacts, active: ActiveFacts): Reason[] {
  const { progress } = active;
  if (progress === null) return [];
  return [
    ...steering(progress),
    ...heldReasons(facts, active),
    ...active.questions.map((one) => questionReason(one, active, facts)),
    ...progress.groups.flatMap((group) => groupReasons(group, active)),
  ];
}

/** Nobody to answer for runs at all; empty where somebody is. */
export function controlReasons({ control, active, at }: WhyFacts): Reason[] {
  const silent = active?.silent ?? null;
  const nobody = control !== null && nobodyServes(control, at);
  if (!nobody && silent === null) return [];
  const why = nobody ? 'no worker of control serves mw-control' : `no worker of control answers (${silent})`;
  return [
    reason({
      kind: 'control',
      waitsFor: `a worker of control: ${why}, so nothing is begun and nobody can say where it stands`,
      since: control?.lastSeen ?? null,
      release: 'whoever may start a worker of control',
      next: 'runs go on where they are once one is there; what sites do now, they finish',
      commands: [startControl],
    }),
  ];
}

/** Temporal itself is away. */
export const engineReason = (why: string): Reason =>
  reason({
    kind: 'engine',
    waitsFor: `Temporal: ${why}`,
    release: 'whoever runs it',
    next: 'runs go on where they are once it is back; what is shown is what the record knows',
    commands: [{ command: 'millwright dev', does: 'starts the one of this host' }],
  });

function steering({ stopping, rollingBack, groups }: RolloutProgress): Reason[] {
  const running = groups.filter((one) => one.state === 'running').length;
  if (rollingBack)
    return [
      reason({
        kind: 'rolling back',
        waitsFor: `its rollback, asked by ${oneLine(rollingBack.by)}${because(rollingBack.reason)}`,
        next: 'what it changed is put back and verified, newest group first; then it ends',
      }),
    ];
  if (!stopping) return [];
  return [
    reason({
      kind: 'stopping',
      waitsFor: `its end: ${oneLine(stopping.by)} asked it to stop${because(stopping.reason)}`,
      next: `${running > 0 ? 'the running steps are finished, ' : ''}the rest is left as it is and owed`,
    }),
  ];
}

const because = (text: string | undefined): string => (text === undefined ? '' : ` (${oneLine(text)})`);

export function questionReason(
  question: QuestionDocument,
  { run }: ActiveFacts,
  { flag, place }: Pick<WhyFacts, 'flag' | 'place'>,
): Reason {
  const { machine, group, since, detail, attempt } = question;
  const failure = detail.failure;
  const at = [detail.phase, failure?.step].filter(Boolean).join(' ');
  const again = attempt > 1 ? `, attempt ${attempt}` : '';
  return reason({
    ...{ kind: 'question', machine, group, since },
    waitsFor: `an answer: it failed at ${at || 'an unknown phase'}${again}${failure ? ` (${failure.code}): ${failure.message}` : ''}`,
    release: `any operator of ${place}: whoever may write to its Temporal namespace`,
    next: `nothing more of ${group ?? 'the run'} is begun until it is answered; there is no deadline`,
    commands: answersTo(question, { run: runName(run), flag }).map(([command, does]) => ({ command, does })),
    detail: failure?.detail ?? [],
  });
}

function groupReasons(group: GroupProgress, active: ActiveFacts): Reason[] {
  const { progress } = active;
  if (progress === null) return [];
  if (group.state === 'waiting') return waitingGroup(group, progress.groups);
  const left = leftOf(group, active);
  if (left === 0) return [];
  if (group.state === 'asking') return [leftReason(group, left, active)];
  const held = progress.stopping ?? pauseOf(progress) ?? (outsideWindow(progress) || undefined);
  return group.state === 'running' && held === undefined ? [turnReason(group, left, active)] : [];
}

/** Machines of a group that nobody has come to. */
const leftOf = ({ group, machines, counts }: GroupProgress, { running, questions }: ActiveFacts): number => {
  const ended = Object.values(counts).reduce((sum, one) => sum + one, 0);
  const open = questions.filter((one) => one.group === group).length;
  const known = running.get(group ?? '')?.length ?? 0;
  return Math.max(0, machines - Math.max(ended, open) - known);
};

function waitingGroup({ group, after, machines }: GroupProgress, all: readonly GroupProgress[]): Reason[] {
  const before = after.filter((name) => all.find((one) => one.group === name)?.state !== 'done');
  const names = before.length > 0 ? before : after;
  if (names.length === 0) return [];
  return [
    reason({
      ...{ kind: 'group', group },
      waitsFor: `group ${names.join(', ')}`,
      next: `its ${count(machines, 'machine')} begin when ${names.join(' and ')} is done; if that fails, they are left out`,
    }),
  ];
}

export const leftReason = (
  { group }: Pick<GroupProgress, 'group'>,
  left: number | string,
  { questions }: ActiveFacts,
): Reason => {
  const asked = questions.filter((one) => one.group === group);
  const names = nameList((asked.length > 0 ? asked : questions).map((one) => one.machine));
  return reason({
    ...{ kind: 'left', group },
    waitsFor: `the answer about ${names || 'a machine of it'}${typeof left === 'number' ? `: ${count(left, 'machine')} not begun` : ''}`,
    since: asked[0]?.since ?? null,
    release: 'whoever answers that',
    next: 'retry and skip go on with it; rollback and stop leave it as it is',
  });
};

export const turnReason = (
  { group }: Pick<GroupProgress, 'group'>,
  left: number | string,
  { running }: ActiveFacts,
): Reason =>
  reason({
    ...{ kind: 'turn', group },
    waitsFor: `its turn${typeof left === 'number' ? `: ${count(left, 'machine')} not begun` : ''}, as the group's maxParallel says`,
    next: `the next one begins when one of ${nameList(running.get(group ?? '') ?? []) || 'those before it'} is done`,
  });
