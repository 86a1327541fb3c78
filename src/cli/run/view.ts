import type { MachineOutcome, PhaseReport } from '../../model/index.js';
import { type GroupProgress, type MachineProgress, outcomeText } from '../../report/index.js';
import type { GroupProgress as GroupSaid } from '../../workflows/types.js';
import type { Snapshot, StepNow } from './snapshot.js';

/** A snapshot as the live frame shows it. */
export function groupsOf(snapshot: Snapshot): GroupProgress[] {
  return snapshot.progress.groups.map((group, at) => {
    const seen = snapshot.groups[at];
    const done = seen?.done ?? [];
    const running = (seen?.running ?? []).map((machine) => runningMachine(machine, snapshot));
    const failed = done.filter((one) => one.outcome === 'failed' || one.outcome === 'unknown').length;
    return {
      group: group.group ?? 'removed',
      after: group.after,
      total: group.machines,
      done: done.filter((one) => ['aligned', 'applied', 'destroyed'].includes(one.outcome)).length,
      failed,
      state: group.state === 'skipped' ? 'failed' : group.state,
      machines: [...done.map(endedMachine), ...running].sort(byName),
      ...placeOf(group),
    };
  });
}

/** Which batch is at work, what it may lose, how long it soaks. */
function placeOf({ sizes = [], batch, failed = 0, maxFailed, soaksUntil, reason }: GroupSaid) {
  return {
    ...(batch === undefined || sizes.length < 2 ? {} : { batch: { n: batch + 1, of: sizes.length } }),
    ...(batch === undefined || maxFailed === undefined ? {} : { budget: { failed, maxFailed } }),
    ...(soaksUntil === undefined ? {} : { soaksUntil }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** One for all comparisons: to make one costs more than to compare. */
const { compare } = new Intl.Collator('en', { numeric: true });
const byName = (a: MachineProgress, b: MachineProgress): number => compare(a.machine, b.machine);

const states: Readonly<Record<string, MachineProgress['state']>> = {
  aligned: 'done',
  applied: 'done',
  destroyed: 'done',
  'rolled-back-verified': 'stopped',
  'rollback-failed': 'failed',
  failed: 'failed',
  unknown: 'unknown',
  owed: 'owed',
  cancelled: 'cancelled',
  stopped: 'stopped',
  skipped: 'waiting',
};

function endedMachine(one: MachineOutcome): MachineProgress {
  const said = one.failure
    ? `${one.phase ?? ''} ${one.failure.code}: ${one.failure.message}`.trim()
    : outcomeText(one);
  return {
    machine: one.machine,
    state: states[one.outcome] ?? 'unknown',
    phase: one.phase ?? null,
    text: one.drained === undefined ? said : `${said}; stays drained from ${one.drained}`,
    ...span(one.phases, true),
  };
}

function runningMachine(machine: string, snapshot: Snapshot): MachineProgress {
  const phases = snapshot.phases.get(machine) ?? [];
  const current = phases.findLast((one) => one.state === 'running');
  const step = snapshot.steps.get(machine);
  return {
    machine,
    state: 'running',
    phase: current?.phase ?? null,
    text: step ? stepText(step) : '',
    ...span(current ? [current] : phases, false),
  };
}

/** `7/8   file:/etc/motd`, `build image 40 %`, and why it is tried again. */
export function stepText({ step, index, total, percent, retry }: StepNow): string {
  const position = index !== undefined && total !== undefined ? `${index}/${total}${step ? '  ' : ''}` : '';
  const done = percent === undefined ? '' : `${Math.round(percent)} %`;
  const again = retry ? `try ${retry.attempt}: ${retry.message}` : '';
  return [position, step, done, again].filter(Boolean).join(' ');
}

/** From the first start to the last end. */
function span(
  phases: readonly PhaseReport[],
  ended: boolean,
): Pick<MachineProgress, 'startedAt' | 'endedAt'> {
  const starts = phases.flatMap((one) => one.startedAt ?? []).sort();
  const ends = phases.flatMap((one) => one.endedAt ?? []).sort();
  return { startedAt: starts[0] ?? null, endedAt: ended ? (ends.at(-1) ?? null) : null };
}
