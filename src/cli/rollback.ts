import { ulid } from 'ulid';
import { type Change, digestOf, type Plan } from '../model/index.js';
import type { ChangeRow } from '../record/port.js';
import { machineList, type WayBack, wayBackText } from '../report/index.js';
import type { Scene } from './answer.js';
import { refused, usageError } from './errors.js';
import { environmentFlag } from './flags.js';
import { touchedBy } from './run/result.js';
import { plannedMachines, planOf, waysBack } from './run/wayBack.js';
import { parseFollow, type RawSteering } from './steering.js';
import type { Stores } from './stores.js';
import { handOver, warnIdle } from './submit.js';
import { who } from './who.js';

/** Takes back a run that has ended, by a change of its own; asks first, as it undoes what was called done. */
export async function rollBackEnded(
  { context, engine, stores }: Scene,
  row: ChangeRow,
  target: string | undefined,
  options: RawSteering,
): Promise<number> {
  if (target !== undefined)
    throw refusal(
      `Run ${row.run} has ended, and what has ended goes back as a whole, not ${target} alone.`,
      `millwright rollback ${row.run}${environmentFlag(context)}`,
    );
  const machines = await requireRollback(stores, row);
  const plan = await planOf(stores, row.change);
  if (!plan) throw refusal(`The plan of run ${row.run} is no longer in the store.`);
  const ways = await waysBack(stores, row.change, plan, machines);
  requireWay(row, ways);
  for (const text of new Set(described(ways))) context.say(text);
  const yes = await context.confirm(`Roll back run ${row.run} on ${machineList(machines)}?`);
  if (!yes) throw usageError('Nothing was put back.');
  await warnIdle(context, engine, sitesOf(plan, machines));
  return handOver(context, engine, stores, rollbackOf(row.change), parseFollow(options));
}

/** Machines to put back. Only the newest change that touched them can be taken back: anything else would mix two states. */
export async function requireRollback({ record }: Stores, row: ChangeRow): Promise<string[]> {
  const { change, run } = row;
  if (change.verb !== 'up' && change.verb !== 'replace')
    throw refusal(`Run ${run} is a ${change.verb}: there is nothing to put back.`);
  const outcomes = (await record.outcomes(change.id)).map((one) => one.outcome);
  const machines = touchedBy(outcomes);
  const later = (await record.changes(change, 1000)).filter((one) => one.run > run);
  const takenBack = later.find((one) => one.change.of === change.id && isBack(one));
  if (takenBack) throw refusal(`Run ${run} was rolled back already, by run ${takenBack.run}.`);
  await refuseLater({ record }, row, later, machines);
  if (machines.length > 0) return machines;
  throw refusal(
    row.outcome === 'rolled-back-verified'
      ? `Run ${run} was rolled back already: nothing of it is left to put back.`
      : `Run ${run} changed nothing: there is nothing to put back.`,
  );
}

const isBack = ({ outcome }: ChangeRow): boolean => outcome === 'rolled-back-verified';

/** Later runs that were taken back themselves, and earlier attempts to take back this one, don't count. */
async function refuseLater(
  { record }: Pick<Stores, 'record'>,
  { change, run }: ChangeRow,
  later: readonly ChangeRow[],
  machines: readonly string[],
): Promise<void> {
  const gone = new Set([change.id, ...later.filter(isBack).map((one) => one.change.of)]);
  for (const one of later) {
    if (gone.has(one.change.id) || gone.has(one.change.of ?? '')) continue;
    // It brought them to what they had been admitted to, and nowhere else.
    if (one.change.verb === 'reconcile') continue;
    const worked = workedOn(await record.outcomes(one.change.id));
    const both = machines.filter((machine) => worked.includes(machine));
    if (both.length === 0) continue;
    throw refusal(
      `Run ${one.run} (${one.change.verb} by ${one.change.startedBy}) came after run ${run} and worked on ${machineList(both)} too.`,
      one.change.verb === 'up'
        ? `Only the newest can be put back: millwright rollback ${one.run}`
        : 'Put the files back to what is wanted, then: millwright up',
    );
  }
}

const workedOn = (rows: Awaited<ReturnType<Stores['record']['outcomes']>>): string[] => [
  ...touchedBy(rows.map((one) => one.outcome)),
  ...rows.filter((one) => one.outcome.outcome === 'destroyed').map((one) => one.machine),
];

function requireWay({ run }: ChangeRow, ways: ReadonlyMap<string, WayBack>): void {
  const reachable = [...ways.values()].some(({ rungs }) =>
    rungs.some((one) => one.unreachable === undefined),
  );
  if (reachable) return;
  throw refusal(
    `No machine of run ${run} can be put back: ${[...new Set(described(ways))].join('; ')}.`,
    'A group names further ways under rollback (snapshot, replace); they serve runs that come after.',
  );
}

const described = (ways: ReadonlyMap<string, WayBack>): string[] =>
  [...ways].map(([machine, way]) => wayBackText(way, [machine]));

const sitesOf = (plan: Plan, machines: readonly string[]): string[] => [
  ...new Set(
    plannedMachines(plan)
      .filter((one) => machines.includes(one.machine))
      .map((one) => one.site),
  ),
];

/** The same plan and bundles, to be taken back. */
function rollbackOf(of: Change): Change {
  const { fleet, fleetUid, environment, plan, artifacts, revision, commit, commitSubject } = of;
  return {
    id: ulid(),
    verb: 'rollback',
    of: of.id,
    ...{ fleet, fleetUid, environment, plan, artifacts, revision },
    intent: digestOf('millwright.rollback.v1', ['rollback', of.id]),
    ...(commit === undefined ? {} : { commit }),
    ...(commitSubject === undefined ? {} : { commitSubject }),
    startedBy: who(),
    startedAt: new Date().toISOString(),
    allowDestroy: false,
  };
}

const refusal = (message: string, remedy = 'millwright status and millwright history show what ran.') =>
  refused('MW-REFUSED-ROLLBACK', message, remedy);
