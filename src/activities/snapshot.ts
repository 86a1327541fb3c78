import { type InstanceInfo, MillwrightError } from '../model/index.js';
import { type Attempt, attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { sshTarget, targetOf, withMachine } from './machine.js';
import type { MachineTask, SnapshotOrder, SnapshotResult } from './types.js';

const answerMs = 60_000;

export const snapshotInstance = (deps: SiteDeps) => (task: MachineTask & SnapshotOrder) =>
  attempt(async (one): Promise<SnapshotResult> => {
    await targetOf(deps, task);
    switch (task.order) {
      case 'take':
        await deps.provider.takeSnapshot(task.instance, task.name, one.say);
        return { existed: true };
      case 'restore':
        return restore(deps, task, one);
      case 'delete':
        return { existed: await dropOfChanges(deps, task) };
    }
  });

async function restore(
  deps: SiteDeps,
  { instance, name }: MachineTask & SnapshotOrder,
  one: Attempt,
): Promise<SnapshotResult> {
  const info = await loadSnapshot(deps, instance, name, one);
  if (info === undefined) return { existed: false };
  await wakeUp(deps, info, one.signal);
  return { instance: info, existed: true };
}

/** Puts the machine back; undefined when there is no such snapshot. Connections of before lead to a machine of later. */
export async function loadSnapshot(
  { provider, ssh }: SiteDeps,
  instance: string,
  name: string,
  { say }: Attempt,
): Promise<InstanceInfo | undefined> {
  try {
    return await provider.loadSnapshot(instance, name, say);
  } catch (error) {
    if (error instanceof MillwrightError && error.info.code === 'MW-SNAPSHOT-ABSENT') return undefined;
    throw error;
  } finally {
    ssh.forget(instance);
  }
}

/** What the workflows name theirs; people's snapshots are people's. */
const ofChange = /^change-[0-9A-Z]+$/;

/** The one of this change, and those of earlier ones that failed and were never verified. */
async function dropOfChanges({ provider }: SiteDeps, { instance, name }: MachineTask & SnapshotOrder) {
  const all = (await provider.snapshots(instance)).map((one) => one.name);
  for (const one of all.filter((each) => each === name || ofChange.test(each)))
    await provider.deleteSnapshot(instance, one);
  return all.includes(name);
}

export async function deleteSnapshot(
  { provider }: SiteDeps,
  instance: string,
  name: string,
): Promise<boolean> {
  const all = await provider.snapshots(instance);
  await provider.deleteSnapshot(instance, name);
  return all.some((one) => one.name === name);
}

/** A machine with its memory restored goes on in the past: sets its clock as soon as it lets us in. */
export async function wakeUp(deps: SiteDeps, info: InstanceInfo, signal: AbortSignal): Promise<void> {
  if (info.power === 'off') return;
  await deps.waitForBanner(await sshTarget(deps, info), answerMs, signal);
  const setClock = () => ['date', '-u', '-s', `@${Math.round(Date.now() / 1000)}`];
  const result = await withMachine(deps, info, (session) => session.exec(setClock(), { signal }), {
    ...{ fresh: true, signal },
  });
  if (result.code !== 0) throw wrongClock(info, result.stderr.trim());
}

const wrongClock = ({ instance }: InstanceInfo, why: string): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-SNAPSHOT-CLOCK',
      cause: 'machine',
      message: `${instance} was put back, but its clock could not be set: ${why}`,
      remedy: 'set it by hand before anything checks a certificate or writes a journal',
    },
    false,
  );
