import type { Census, SweepReport, SweptOrphan } from '../activities/types.js';
import { workflowId } from '../model/ids.js';
import { call, control, siteActivities } from './activities.js';
import { failWith } from './failure.js';
import type { InventoryInput, InventoryReport, SweepInput, SweepResult } from './operateTypes.js';
import { timingOf } from './timing.js';

/** Compares what a site has with what the record says; destroys what a person named, should it still be an orphan. */
export async function sweep(input: SweepInput): Promise<SweepResult> {
  if (input.remove.length > 0) await refuseBesideRollout(input);
  const seen = await lookAround(input, { remove: false });
  // What was made and recorded while we looked is an orphan no more.
  const { known } = await census(input);
  const strays = seen.orphans.filter((one) => known[one.machine] !== one.instance);
  const busy = await workedOn(input, strays);
  const orphans = strays.filter((one) => !busy.includes(one.machine));
  const wanted = orphans.filter((one) => input.remove.includes(one.instance));
  const removed = wanted.length > 0 ? await remove(input, wanted, busy) : [];
  const told = orphans.map((one) => after(one, removed));
  return { ...seen, site: input.site, busy, orphans: told.sort(byInstance) };
}

const byInstance = (a: SweptOrphan, b: SweptOrphan): number => (a.instance < b.instance ? -1 : 1);

const after = (one: SweptOrphan, removed: readonly SweptOrphan[]): SweptOrphan =>
  removed.find((other) => other.instance === one.instance) ?? one;

async function remove(
  input: SweepInput,
  wanted: readonly SweptOrphan[],
  busy: readonly string[],
): Promise<readonly SweptOrphan[]> {
  const only = wanted.map((one) => one.instance);
  return (await lookAround(input, { remove: true, only, busy })).orphans;
}

interface How {
  readonly remove: boolean;
  readonly only?: readonly string[];
  readonly busy?: readonly string[];
}

async function lookAround(input: SweepInput, { remove, only, busy = [] }: How): Promise<SweepReport> {
  const { fleetUid, environment, site } = input;
  const timing = timingOf(input);
  const { known, forgotten } = await census(input);
  const options = call(timing.destroy, remove ? `destroy ${only?.length} orphans` : `sweep of ${site}`, {
    scheduleToStartTimeout: longestQueue,
  });
  const task = { site, fleetUid, environment, known, spared: [...forgotten, ...busy], remove };
  return siteActivities(site, timing).vm.sweep.executeWithOptions(options, [
    only === undefined ? task : { ...task, only },
  ]);
}

/** A person waits for the answer. */
const longestQueue = 5 * 60_000;

const census = ({ fleet, fleetUid, environment, site }: SweepInput): Promise<Census> =>
  control.census({ fleet, fleetUid, environment, site });

/** A machine that is just being made is recorded in a moment. */
async function workedOn(input: SweepInput, strays: readonly SweptOrphan[]): Promise<string[]> {
  const busy: string[] = [];
  for (const { machine } of strays) {
    const holder = await control.holder(workflowId.machine({ ...input, machine }));
    if (holder.running) busy.push(machine);
  }
  return busy;
}

async function refuseBesideRollout(input: SweepInput): Promise<void> {
  const holder = await control.holder(workflowId.rollout(input));
  if (!holder.running) return;
  failWith({
    code: 'MW-BUSY',
    cause: 'change',
    message: `${input.fleet}/${input.environment} is busy: ${holder.startedBy ?? 'somebody'} runs ${holder.changeId}. Nothing was removed.`,
    remedy: `Wait for it: millwright status -w -e ${input.environment}`,
  });
}

/** All that a site has of a fleet, whatever the record says. */
export async function inventory(input: InventoryInput): Promise<InventoryReport> {
  const { site, fleetUid } = input;
  const timing = timingOf(input);
  const options = call(timing.look, `inventory of ${site}`, { scheduleToStartTimeout: longestQueue });
  return siteActivities(site, timing).look.inventory.executeWithOptions(options, [{ site, fleetUid }]);
}
