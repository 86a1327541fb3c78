import type { InstanceInfo } from '../model/index.js';
import { type Attempt, attempt } from './attempt.js';
import { toFailure } from './classify.js';
import type { SiteDeps } from './deps.js';
import { captureConsole } from './evidence.js';
import { misrouted } from './machine.js';
import type { SweepReport, SweepTask, SweptOrphan } from './types.js';

/** Compares what is at the site with what control knows; with `remove`, orphans are destroyed one after another. */
export const sweep = (deps: SiteDeps) => (task: SweepTask) =>
  attempt(async (one): Promise<SweepReport> => {
    if (task.site !== deps.site)
      throw misrouted(`this worker is of site ${deps.site}, the task of ${task.site}`);
    if (deps.provider.name === 'static') return allOwned(task);
    const { orphans, ...swept } = classify(task, await deps.provider.list(), await deps.provider.strangers());
    const removed: SweptOrphan[] = [];
    for (const orphan of orphans) removed.push(await settle(deps, task, orphan, one));
    return { ...swept, orphans: removed };
  });

/** A site whose machines exist already holds what control says and nothing else: it keeps no list to compare with. */
const allOwned = ({ known }: SweepTask): SweepReport => ({
  owned: Object.values(known),
  ...{ orphans: [], foreign: [], missing: [], spared: [] },
});

export interface Swept extends Omit<SweepReport, 'orphans'> {
  readonly orphans: readonly InstanceInfo[];
}

/**
 * An orphan is of this very environment and known to nobody. All that can't be said so surely of (other fleets and
 * environments, what the provider didn't make) is foreign.
 */
export function classify(
  task: Pick<SweepTask, 'fleetUid' | 'environment' | 'known' | 'spared'>,
  instances: readonly InstanceInfo[],
  strangers: readonly string[],
): Swept {
  const prefix = `${task.fleetUid}/${task.environment}/`;
  const known = new Map(Object.entries(task.known));
  const kindOf = ({ machineId, instance }: InstanceInfo): 'owned' | 'spared' | 'orphan' | 'foreign' => {
    if (!machineId.startsWith(prefix)) return 'foreign';
    const machine = machineId.slice(prefix.length);
    if (known.get(machine) === instance) return 'owned';
    return task.spared.includes(machine) ? 'spared' : 'orphan';
  };
  const those = (kind: string): InstanceInfo[] => instances.filter((one) => kindOf(one) === kind);
  const there = new Set(instances.map((one) => one.instance));
  const isMissing = ([machine, instance]: readonly [string, string]): boolean =>
    !there.has(instance) && !task.spared.includes(machine);
  return {
    owned: those('owned').map(idOf),
    spared: those('spared').map(idOf),
    orphans: those('orphan'),
    foreign: [...those('foreign').map(idOf), ...strangers],
    missing: [...known].filter(isMissing).map(([, instance]) => instance),
  };
}

const idOf = ({ instance }: InstanceInfo): string => instance;

async function settle(
  deps: SiteDeps,
  task: SweepTask,
  info: InstanceInfo,
  one: Attempt,
): Promise<SweptOrphan> {
  const { instance, power, protect } = info;
  const machine = info.machineId.split('/').at(-1) ?? '';
  const orphan = { instance, machine, power, protect };
  if (!task.remove) return { ...orphan, removed: false };
  if (!(task.only?.includes(instance) ?? true)) return { ...orphan, removed: false, why: 'it was not named' };
  if (protect) return { ...orphan, removed: false, why: 'it is protected' };
  if (power === 'unknown') return { ...orphan, removed: false, why: 'somebody may be working on it' };
  one.say({ step: `destroy ${instance}` });
  try {
    return { ...orphan, ...(await destroy(deps, instance)) };
  } catch (error) {
    one.signal.throwIfAborted();
    return { ...orphan, removed: false, why: toFailure(error).message };
  }
}

async function destroy(deps: SiteDeps, instance: string): Promise<Pick<SweptOrphan, 'removed' | 'console'>> {
  const console = await captureConsole(deps, instance);
  await deps.provider.destroy(instance);
  deps.ssh.forget(instance);
  return { removed: true, console };
}
