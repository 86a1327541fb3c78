import { MillwrightError } from '../model/index.js';
import { attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { misrouted, presentInstance, targetOf } from './machine.js';
import type { Operated } from './operated.js';
import { power } from './power.js';
import { deleteSnapshot, loadSnapshot, wakeUp } from './snapshot.js';
import type { OperateResult, Operation, VmActivities } from './types.js';

type Snapshot = Extract<Operation, { kind: 'snapshot' }>;

/** What a person asked of a machine at its provider. */
export const operateVm =
  (deps: SiteDeps): VmActivities['operate'] =>
  (task) =>
    attempt(async (one) => {
      const target = await targetOf(deps, task);
      const { machine, operation } = task;
      const info = await presentInstance(deps, target, task.instance);
      const on: Operated = { deps, machine, info, one };
      switch (operation.kind) {
        case 'power':
          return power(on, operation.order);
        case 'snapshot':
          return snapshot(on, operation);
        case 'snapshots':
          return snapshots(on);
        case 'console':
          return consoleEnd(on, operation.bytes);
        default:
          throw misrouted(`${operation.kind} of ${machine} is done on the machine, not at its provider`);
      }
    });

function snapshot(on: Operated, { order, name }: Snapshot): Promise<OperateResult> {
  if (order === 'create') return take(on, name);
  return order === 'restore' ? restore(on, name) : remove(on, name);
}

async function take({ deps, machine, info, one }: Operated, name: string): Promise<OperateResult> {
  const { at, memory } = await deps.provider.takeSnapshot(info.instance, name, one.say);
  const what = memory ? 'disks and memory' : 'disks';
  return { said: `${machine} has snapshot ${name} of its ${what} as of ${at}` };
}

async function restore({ deps, machine, info, one }: Operated, name: string): Promise<OperateResult> {
  const instance = await loadSnapshot(deps, info.instance, name, one);
  if (instance === undefined) throw noSnapshot(machine, name);
  const clock = await wakeUp(deps, instance, one.signal).catch((error: unknown) => {
    one.signal.throwIfAborted();
    return `, but its clock may be that of the snapshot: ${error instanceof Error ? error.message : error}`;
  });
  return { said: `${machine} is as it was in snapshot ${name}${clock ?? ''}`, instance };
}

async function remove({ deps, machine, info }: Operated, name: string): Promise<OperateResult> {
  const existed = await deleteSnapshot(deps, info.instance, name);
  return {
    said: existed ? `snapshot ${name} of ${machine} is deleted` : `${machine} has no snapshot ${name}`,
  };
}

async function snapshots({ deps, machine, info }: Operated): Promise<OperateResult> {
  const all = await deps.provider.snapshots(info.instance);
  return { said: `${machine} has ${all.length === 0 ? 'no' : all.length} snapshots`, snapshots: all };
}

async function consoleEnd({ deps, machine, info }: Operated, bytes: number): Promise<OperateResult> {
  const text = await deps.provider.console(info.instance, bytes);
  if (text === '') return { said: `the console of ${machine} is empty` };
  return { said: `the end of the console of ${machine}`, console: await deps.store.put(text) };
}

const noSnapshot = (machine: string, name: string): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-SNAPSHOT-ABSENT',
      cause: 'change',
      message: `${machine} has no snapshot ${name}`,
      remedy: `millwright snapshot list ${machine}`,
    },
    false,
  );
