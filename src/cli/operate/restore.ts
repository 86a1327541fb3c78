import type { SnapshotInfo } from '../../providers/port.js';
import { ago, columns, count } from '../../report/index.js';
import type { RecordedMachine } from '../candidates.js';
import { Ended, usageError } from '../errors.js';
import { emitOperated, exitOfOperated, operateDocument } from './document.js';
import { choose, type Desk, type Outcome, operate, type Selection } from './operate.js';
import { checkedName, refuseKept } from './snapshot.js';

/** What each machine would be put back to. */
interface Choice {
  readonly machine: RecordedMachine;
  readonly snapshot: SnapshotInfo;
}

/** Says what is lost, asks, and puts machines back to a snapshot: the one named, or the newest of each. */
export async function restoreSnapshots(
  desk: Desk,
  selection: Selection,
  wanted: string | undefined,
): Promise<number> {
  const name = wanted === undefined ? undefined : checkedName(wanted);
  const chosen = await choose(desk, selection);
  refuseKept(chosen);
  const choices = await chooseSnapshots(desk, chosen, name);
  await agree(desk, choices);
  const outcome = await restoreAll(desk, choices, selection.maxParallel);
  const exit = emitOperated(desk.context, await operateDocument(desk, 'snapshot restore', outcome));
  desk.context.say('What was admitted since is gone from there: millwright up brings it back.');
  return exit;
}

async function chooseSnapshots(
  desk: Desk,
  chosen: readonly RecordedMachine[],
  name: string | undefined,
): Promise<Choice[]> {
  const listed = await operate(desk, chosen, { kind: 'snapshots' });
  await endIfUnlisted(desk, listed);
  return listed.machines.map(({ machine, result }, at) => {
    const all = result?.snapshots ?? [];
    const snapshot = name === undefined ? newest(all) : all.find((one) => one.name === name);
    const one = chosen[at];
    if (snapshot !== undefined && one !== undefined) return { machine: one, snapshot };
    throw usageError(
      `${machine} has ${name === undefined ? 'no snapshot' : `no snapshot ${name}`}. Nothing was done.`,
      all.length > 0 ? `It has ${all.map((one) => one.name).join(', ')}.` : undefined,
      'MW-SNAPSHOT-ABSENT',
    );
  });
}

/** Nothing is put back while one of them could not even say what it has. */
async function endIfUnlisted(desk: Desk, listed: Outcome): Promise<void> {
  if (listed.machines.every((one) => one.failure === undefined)) return;
  const document = await operateDocument(desk, 'snapshot restore', listed);
  const failed = { ...document, machines: document.machines.filter((one) => one.failure !== null) };
  emitOperated(desk.context, failed);
  throw new Ended(exitOfOperated(failed.machines));
}

const newest = (all: readonly SnapshotInfo[]): SnapshotInfo | undefined =>
  [...all].sort((a, b) => a.at.localeCompare(b.at)).at(-1);

async function agree({ context }: Desk, choices: readonly Choice[]): Promise<void> {
  const rows = choices.map(({ machine, snapshot }) => [
    machine.machine,
    snapshot.name,
    `all that was written since ${snapshot.at} (${ago(Date.now() - Date.parse(snapshot.at))}) is lost`,
  ]);
  context.say(columns(rows).join('\n'));
  const machines = count(choices.length, 'machine');
  if (!(await context.confirm(`Put ${machines} back?`))) throw usageError('Nothing was done.');
}

/** One operation per name, as a rule one. */
async function restoreAll(desk: Desk, choices: readonly Choice[], maxParallel: number): Promise<Outcome> {
  const names = [...new Set(choices.map((one) => one.snapshot.name))];
  const outcomes: Outcome[] = [];
  for (const name of names) {
    const machines = choices.filter((one) => one.snapshot.name === name).map((one) => one.machine);
    const operation = { kind: 'snapshot', order: 'restore', name } as const;
    outcomes.push(await operate(desk, machines, operation, maxParallel));
  }
  return {
    workflows: outcomes.flatMap((one) => one.workflows),
    machines: outcomes.flatMap((one) => one.machines),
  };
}
