import { MillwrightError } from '../model/index.js';
import type { Operated } from './operated.js';
import type { OperateResult, Operation } from './types.js';

type Order = Extract<Operation, { kind: 'power' }>['order'];

/** Switches a machine; connections of before are of no use afterwards. */
export async function power(on: Operated, order: Order): Promise<OperateResult> {
  try {
    return await orders[order](on);
  } finally {
    if (order !== 'on') on.deps.ssh.forget(on.info.instance);
  }
}

const orders: Readonly<Record<Order, (on: Operated) => Promise<OperateResult>>> = {
  on: async (on) => {
    const instance = await start(on);
    return { said: `${on.machine} ${on.info.power === 'on' ? 'was on already' : 'is on'}`, instance };
  },
  off: async (on) => ({
    said: `${on.machine} ${await shutDown(on)}`,
    instance: { ...on.info, power: 'off' },
  }),
  reboot: async (on) => {
    const how = await shutDown(on);
    return { said: `${on.machine} ${how}, and is on again`, instance: await start(on) };
  },
  reset: async ({ deps, machine, info }) => {
    await deps.provider.reset(info.instance);
    return { said: `${machine} was reset`, instance: info };
  },
};

const start = ({ deps, info, one }: Operated) => deps.provider.start(info.instance, one.say);

/** Asks the guest to end by itself; one that doesn't is unplugged. Gives back how it went. */
async function shutDown({ deps, info, one }: Operated): Promise<string> {
  if (info.power === 'off') return 'was off already';
  one.say({ step: 'shutdown' });
  try {
    await deps.provider.stop(info.instance, 'shutdown');
    return 'was shut down';
  } catch (error) {
    if (!(error instanceof MillwrightError) || error.info.code !== 'MW-STOP-TIMEOUT') throw error;
    await deps.provider.stop(info.instance, 'off');
    return 'did not shut down by itself and was switched off';
  }
}
