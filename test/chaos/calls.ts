import type { MachineRef } from '../../src/model/index.js';
import type { CreateRequest, Declared, Provider } from '../../src/providers/port.js';
import type { MachineEntry } from '../../src/record/port.js';
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
      later(world, fault.delayMs, `${what}, given up before,`, work);
      throw flaky(what);
    case 'cut':
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
  else if (vm !== undefined) world.site.powerOff(machine);
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

export function callExec(
  world: World,
  truth: Truth,
  { poolKey, argv, stdin }: ExecCall,
  { signal, line }: Served,
): Promise<ExecResult> {
  const vm = world.site.vms.get(poolKey);
  if (vm === undefined || vm.info.power !== 'on') throw cutOff(poolKey);
  if (argv[5] === 'verified') truth.noted(vm, argv);
  return vm.target.session().exec(argv, { stdin, signal, onLine: line });
}

export function callRecord(world: World, truth: Truth, method: string, args: readonly unknown[]): unknown {
  const record = world.record.port();
  if (method === 'putMachine') truth.put(args[0] as MachineEntry);
  if (method === 'endChange') truth.ended(String(args[0]), String(args[1]));
  const call = record[method as keyof typeof record] as ((...args: unknown[]) => unknown) | undefined;
  if (call === undefined) throw new Error(`the simulated record has no ${method}`);
  return call(...args);
}

export const machineOf = (id: string): string => id.split('@')[0]?.split('/').at(-1) ?? '';
