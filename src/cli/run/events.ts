import type { MachineOutcome, PhaseReport } from '../../model/index.js';
import { type EventDocument, outcomeText } from '../../report/index.js';
import type { Snapshot, StepNow } from './snapshot.js';
import { stepText } from './view.js';

/** What was told already. */
export interface Told {
  readonly phases: Map<string, string>;
  readonly steps: Map<string, string>;
  readonly ended: Set<string>;
  run: boolean;
}

export const nothingTold = (): Told => ({
  phases: new Map(),
  steps: new Map(),
  ended: new Set(),
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
  return events;
}

type Make = (fields: Partial<EventDocument> & Pick<EventDocument, 'result'>) => EventDocument;

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
    if (told.phases.get(key) === report.state) return [];
    told.phases.set(key, report.state);
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

function endEvents(done: MachineOutcome, told: Told, event: Make): EventDocument[] {
  if (told.ended.has(done.machine)) return [];
  told.ended.add(done.machine);
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
