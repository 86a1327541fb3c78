import type { Change, MachineRef } from '../../src/model/index.js';
import type { CreateRequest, Declared, Provider } from '../../src/providers/port.js';
import type { DriftEntry, MachineEntry } from '../../src/record/port.js';
import type { ExecResult } from '../../src/ssh/port.js';
import { cutOff, fatal, flaky, sleep } from './faults.js';
import type { Truth } from './truth.js';
import type { Served } from './wire.js';
import type { World } from './world.js';

const nothing = (): void => undefined;

/** Does one call of a worker in a world, or does to it what the dice say. */
export async function withFault<T>(
  world: World,
  key: string,
  machine: string,
  method: string,
  work: () => Promise<T>,
): Promise<T> {
  const fault = world.callFate(key, machine, method);
  if (fault === undefined) return work();
  const what = `${method} of ${machine}`;
  switch (fault.kind) {
    case 'slow':
      await sleep(fault.delayMs);
      return work();
    case 'lost':
      await work();
      throw flaky(`the answer to ${what}`);
    case 'late':
      world.strays.add(key);
      later(world, fault.delayMs, `${what}, given up before,`, work);
      throw flaky(what);
    case 'cut':
      world.strays.add(key);
      void work().catch(nothing);
      await sleep(fault.delayMs);
      throw cutOff(what);
    case 'reboot':
    case 'off':
      return dies(world, machine, fault.kind, what, work);
    case 'unknown':
      return { state: 'unknown', reason: 'the host does not answer' } as T;
    case 'fatal':
      throw fatal(what);
    case 'fail':
      throw method.startsWith('ssh.') ? cutOff(what) : flaky(what);
  }
}

function later(world: World, delayMs: number, what: string, work: () => Promise<unknown>): void {
  world.zombies++;
  void sleep(delayMs)
    .then(() => {
      world.say(`${what} is done now`);
      return work();
    })
    .catch(nothing)
    .finally(() => world.zombies--);
}

async function dies(
  world: World,
  machine: string,
  how: 'reboot' | 'off',
  what: string,
  work: () => Promise<unknown>,
): Promise<never> {
  void work().catch(nothing);
  await sleep(3);
  const vm = world.machines().find(({ info }) => info.machineId.endsWith(`/${machine}`));
  if (how === 'reboot') vm?.target.reboot();
  else if (vm !== undefined) world.watch.losesPower(machine);
  throw cutOff(what);
}

/** A provider's call, by name: `args` are those of the port without progress and signal. */
export function callProvider(
  provider: Provider,
  method: string,
  args: readonly unknown[],
  { signal }: Served,
): Promise<unknown> {
  const [first, second] = args;
  const instance = String(first);
  switch (method) {
    case 'find':
      return provider.find(first as MachineRef, second as Declared | undefined);
    case 'create':
      return provider.create(first as CreateRequest, nothing, signal);
    case 'start':
      return provider.start(instance, nothing);
    case 'stop':
      return provider.stop(instance, second as 'off');
    case 'reset':
      return provider.reset(instance);
    case 'destroy':
      return provider.destroy(instance, second as { force?: boolean });
    case 'protect':
      return provider.protect(instance, second as boolean);
    case 'takeSnapshot':
      return provider.takeSnapshot(instance, String(second), nothing);
    case 'loadSnapshot':
      return provider.loadSnapshot(instance, String(second), nothing);
    case 'deleteSnapshot':
      return provider.deleteSnapshot(instance, String(second));
    case 'snapshots':
      return provider.snapshots(instance);
    case 'reshape':
      return provider.reshape(instance, second as Parameters<Provider['reshape']>[1], nothing);
    case 'console':
      return provider.console(instance, Number(second));
    case 'strangers':
      return provider.strangers();
    default:
      throw new Error(`the simulated provider has no ${method}`);
  }
}

export interface ExecCall {
  readonly poolKey: string;
  readonly argv: readonly string[];
  readonly stdin?: string;
}

export async function callExec(
  world: World,
  truth: Truth,
  key: string,
  { poolKey, argv, stdin }: ExecCall,
  { signal, line }: Served,
): Promise<ExecResult> {
  const vm = world.site.vms.get(poolKey);
  if (vm === undefined || vm.info.power !== 'on') throw cutOff(poolKey);
  if (argv[5] === 'verified') truth.noted(vm, argv);
  const machine = machineOf(poolKey);
  const attempt = world.attemptOf(key);
  if (attempt !== undefined && !world.strays.has(key)) world.watch.mending(attempt, machine, vm, argv);
  const looking = attempt?.activity === 'scan' ? attempt : undefined;
  if (looking !== undefined) world.watch.looks(looking, machine, 'ssh.exec', argv);
  const result = await vm.target.session().exec(argv, { stdin, signal, onLine: line });
  if (looking !== undefined) world.watch.sees(looking.of, machine);
  return result;
}

export async function callRecord(
  world: World,
  truth: Truth,
  key: string,
  method: string,
  args: readonly unknown[],
): Promise<unknown> {
  const record = world.record.port();
  const attempt = world.attemptOf(key);
  if (method === 'putMachine') truth.put(args[0] as MachineEntry);
  if (method === 'endChange') truth.ended(world.nameOf(String(args[0])), String(args[1]));
  if (attempt !== undefined && method === 'putDrift') world.watch.says(attempt, args[1] as DriftEntry[]);
  if (attempt !== undefined && method === 'noteClean') await world.watch.closes(attempt);
  const change = method === 'beginChange' ? (args[0] as Change) : undefined;
  if (attempt !== undefined && change?.verb === 'reconcile') await world.watch.begins(attempt, change);
  const call = record[method as keyof typeof record] as ((...args: unknown[]) => unknown) | undefined;
  if (call === undefined) throw new Error(`the simulated record has no ${method}`);
  return call(...args);
}

export const machineOf = (id: string): string => id.split('@')[0]?.split('/').at(-1) ?? '';
