import {
  type Digest,
  type InstanceInfo,
  instanceId,
  type MachineRef,
  machineId,
} from '../../src/model/index.js';
import type { Provider } from '../../src/providers/port.js';
import type { Farm, Target } from './targets.js';

/** What a provider would know of a target that exists already. */
export function instanceOf(ref: MachineRef, { hostKey }: Target, shape: Digest): InstanceInfo {
  return {
    instance: instanceId(ref, adoption),
    machineId: machineId(ref),
    ...{ power: 'on', protect: false, hostKey: hostKey.publicKey },
    ...{ addresses: {}, published: {}, keptDisks: [], shape },
  };
}

/** The change that made them known, before all others. */
export const adoption = '01BENCH0000000000000000000';

/** Machines that exist and run; nobody can ask more of it than where they are. */
export class Loopback {
  private readonly machines = new Map<string, { readonly info: InstanceInfo; readonly port: number }>();

  /** From now on it knows these and no others. */
  set(farm: Farm, infos: readonly InstanceInfo[]): void {
    this.machines.clear();
    for (const [i, info] of infos.entries())
      this.machines.set(info.machineId, { info, port: farm.targets[i]?.port ?? 0 });
  }

  get instances(): InstanceInfo[] {
    return [...this.machines.values()].map(({ info }) => info);
  }

  get provider(): Provider {
    const never = async (): Promise<never> => {
      throw new Error('the bench only pushes to machines that exist');
    };
    return {
      name: 'qemu',
      find: async (ref) => {
        const found = this.machines.get(machineId(ref));
        return found === undefined ? { state: 'absent' } : { state: 'present', instance: found.info };
      },
      reach: async (instance) => {
        const found = [...this.machines.values()].find(({ info }) => info.instance === instance);
        return { host: '127.0.0.1', port: found?.port ?? 0, release: async () => undefined };
      },
      list: async () => this.instances,
      snapshots: async () => [],
      strangers: async () => [],
      console: async () => '',
      ...{ create: never, start: never, stop: never, reset: never, destroy: never, protect: never },
      ...{ takeSnapshot: never, loadSnapshot: never, deleteSnapshot: never, reshape: never },
    };
  }
}
