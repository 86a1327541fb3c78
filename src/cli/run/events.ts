import type { MachineOutcome, PhaseReport } from '../../model/index.js';
import { answerText, type EventDocument, outcomeText } from '../../report/index.js';
import type { Question, RolloutProgress } from '../../workflows/types.js';
import { governEvents, type Make, nothingGoverned, type ToldGoverned } from './governEvents.js';
import type { Snapshot, StepNow } from './snapshot.js';
import { stepText } from './view.js';

/** What was told already. */
export interface Told {
  readonly phases: Map<string, string>;
  readonly steps: Map<string, string>;
  readonly ended: Set<string>;
  readonly questions: Set<string>;
  readonly governed: ToldGoverned;
  answers: number;
  rollingBack: boolean;
  run: boolean;
}

export const nothingTold = (): Told => ({
  phases: new Map(),
  steps: new Map(),
  ended: new Set(),
  questions: new Set(),
  governed: nothingGoverned(),
  answers: 0,
  rollingBack: false,
  run: false,
});

/** What happened between what was told and this snapshot, in order per machine. */
export function eventsOf(snapshot: Snapshot, told: Told, now: string): EventDocument[] {
  const event = eventMaker(snapshot, now);
  const events: EventDocument[] = [];
  const { progress } = snapshot;
  if (!told.run && progress.run !== undefined) {
    told.run = true;
    const by = progress.change ? `, started by ${progress.change.startedBy}` : '';
    events.push(
      event({ result: 'running', text: `run ${progress.run}${by}`, at: progress.change?.startedAt ?? now }),
    );
  }
  for (const [machine, phases] of snapshot.phases) events.push(...phaseEvents(machine, phases, told, event));
  for (const [machine, at] of snapshot.steps) events.push(...stepEvents(machine, at, snapshot, told, event));
  for (const done of snapshot.groups.flatMap((group) => group.done))
    events.push(...endEvents(done, told, event));
  return [
    ...events,
    ...governEvents(progress, told.governed, event, now),
    ...steeringEvents(progress, told, event),
  ];
}

const eventMaker =
  (snapshot: Snapshot, now: string): Make =>
  (fields) => ({
    schema: 'millwright/event/v1',
    at: now,
    run: snapshot.progress.run ?? null,
    change: snapshot.progress.changeId,
    machine: null,
    instance: null,
    id: null,
    phase: null,
    cause: null,
    code: null,
    text: null,
    group: null,
    ...fields,
  });

/** A phase is told when it begins and when it ends; one that wasn't needed only as the reason for that. */
function phaseEvents(
  machine: string,
  phases: readonly PhaseReport[],
  told: Told,
  event: Make,
): EventDocument[] {
  return phases.flatMap((report) => {
    const key = `${machine} ${report.phase}`;
    const state = `${report.state} ${report.startedAt ?? ''}`;
    if (told.phases.get(key) === state) return [];
    told.phases.set(key, state);
    if (report.state === 'not needed' || report.state === 'waiting') return [];
    const at = report.endedAt ?? report.startedAt;
    return [
      event({
        machine,
        phase: report.phase,
        result: report.state,
        text: report.reason ?? null,
        ...(at === undefined ? {} : { at }),
      }),
    ];
  });
}

/** A step is told once, a new try each time. */
function stepEvents(
  machine: string,
  at: StepNow,
  snapshot: Snapshot,
  told: Told,
  event: Make,
): EventDocument[] {
  const key = `${at.step ?? ''} ${at.retry?.attempt ?? 1}`;
  if (told.steps.get(machine) === key || key === ' 1') return [];
  told.steps.set(machine, key);
  const phase = snapshot.phases.get(machine)?.findLast((one) => one.state === 'running')?.phase ?? null;
  return [
    event({
      machine,
      phase,
      id: at.step ?? null,
      result: 'running',
      text: stepText({ ...at, step: undefined }) || null,
    }),
  ];
}

/** Questions when they open, answers, and the moment when all is being put back. */
function steeringEvents(progress: RolloutProgress, told: Told, event: Make): EventDocument[] {
  const answered = (progress.answered ?? []).slice(told.answers);
  told.answers += answered.length;
  const asked = (progress.questions ?? []).filter((one) => !told.questions.has(questionKey(one)));
  for (const one of asked) told.questions.add(questionKey(one));
  const back = told.rollingBack ? undefined : progress.rollingBack;
  told.rollingBack ||= back !== undefined;
  return [
    ...answered.map((one) =>
      event({
        machine: one.machine,
        result: 'answered',
        text: answerText({ ...one, machine: null, reason: one.reason ?? null }),
        at: one.at,
      }),
    ),
    ...(back === undefined ? [] : [event({ result: 'rolling back', text: `asked by ${back.by}` })]),
    ...asked.map((one) => questionEvent(one, event)),
  ];
}

const questionKey = ({ machine, attempt, since }: Question): string => `${machine} ${attempt} ${since}`;

const questionEvent = ({ machine, since, answers, outcome }: Question, event: Make): EventDocument =>
  event({
    machine,
    phase: outcome.phase ?? null,
    result: 'asking',
    id: outcome.failure?.step ?? null,
    cause: outcome.failure?.cause ?? null,
    code: outcome.failure?.code ?? null,
    text: answers.join(' | '),
    at: since,
  });

function endEvents(done: MachineOutcome, told: Told, event: Make): EventDocument[] {
  const key = `${done.machine} ${done.attempt ?? 1} ${done.outcome}`;
  if (told.ended.has(key)) return [];
  told.ended.add(key);
  const phases = phaseEvents(done.machine, done.phases, told, event).filter((one) => one.result !== 'failed');
  const at = done.phases.findLast((one) => one.endedAt !== undefined)?.endedAt;
  return [
    ...phases,
    event({
      machine: done.machine,
      phase: done.phase ?? null,
      result: done.outcome,
      id: done.failure?.step ?? null,
      cause: done.failure?.cause ?? null,
      code: done.failure?.code ?? null,
      text: done.failure?.message ?? outcomeText(done),
      ...(at === undefined ? {} : { at }),
    }),
  ];
}
