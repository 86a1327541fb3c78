import type { SiteDeps } from '../../src/activities/index.js';
import {
  type Found,
  type InstanceInfo,
  type MachineRef,
  MillwrightError,
  machineId,
  sha256Hex,
  shapeDigest,
} from '../../src/model/index.js';
import type { CreateRequest, Declared, Provider, SnapshotInfo } from '../../src/providers/port.js';
import type { SshPool } from '../../src/ssh/port.js';
import type { Store } from '../../src/store/port.js';
import type { SimDisk } from './sim-disk.js';
import { SimTarget } from './sim-target.js';

export { SimRecord } from './sim-record.js';

export class MemoryStore implements Store {
  private readonly all = new Map<string, Uint8Array>();
  async put(bytes: Uint8Array | string) {
    const digest = sha256Hex(bytes);
    this.all.set(digest, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    return digest;
  }
  async get(digest: string) {
    const bytes = this.all.get(digest);
    if (bytes !== undefined) return bytes;
    const message = `${digest.slice(0, 8)} is not in the store`;
    throw new MillwrightError({ code: 'MW-STORE-MISSING', cause: 'infrastructure', message }, false);
  }
  async has(digest: string) {
    return this.all.has(digest);
  }
  async find(prefix: string) {
    return [...this.all.keys()].filter((one) => one.startsWith(prefix)).slice(0, 16);
  }
  async close() {}
}

interface SimSnapshot {
  readonly info: SnapshotInfo;
  readonly power: InstanceInfo['power'];
  readonly disk: SimDisk;
}

export interface SimVm {
  info: InstanceInfo;
  readonly target: SimTarget;
  readonly snapshots: Map<string, SimSnapshot>;
}

/** By instance; those of one machine are found without a search, as there may be ten thousand. */
class SimVms extends Map<string, SimVm> {
  private readonly machines = new Map<string, Map<string, SimVm>>();

  override set(instance: string, vm: SimVm): this {
    const { machineId: id } = vm.info;
    this.machines.set(id, (this.machines.get(id) ?? new Map()).set(instance, vm));
    return super.set(instance, vm);
  }
  override delete(instance: string): boolean {
    this.machines.get(this.get(instance)?.info.machineId ?? '')?.delete(instance);
    return super.delete(instance);
  }
  override clear(): void {
    this.machines.clear();
    super.clear();
  }
  /** In the order in which they were made. */
  of(ref: MachineRef): SimVm[] {
    return [...(this.machines.get(machineId(ref))?.values() ?? [])];
  }
}

/** A site in memory behind the real ports: provider, SSH and what lies on its machines. */
export class SimSite {
  readonly vms = new SimVms();
  readonly tombstones = new Set<string>();
  /** `create web-1`, `destroy web-1`, … in order. */
  readonly ledger: string[] = [];
  /** Called by create before (`begin`) and after (`made`) the machine exists. */
  onCreate?: (machine: string, moment: 'begin' | 'made', signal: AbortSignal) => Promise<void>;
  onDestroy?: (machine: string) => Promise<void>;
  /** Called for each machine as it is made, to set its behaviour. */
  onMade?: (machine: string, target: SimTarget) => void;
  onReady?: (signal: AbortSignal) => Promise<void>;

  constructor(
    readonly store: Store = new MemoryStore(),
    readonly site = 'main',
  ) {}

  /** The machine of that name, whichever fleet. */
  vm(machine: string): SimVm {
    const found = [...this.vms.values()].find(({ info }) => info.machineId.endsWith(`/${machine}`));
    if (found === undefined) throw new Error(`no machine ${machine} was simulated`);
    return found;
  }

  powerOff(machine: string): void {
    this.powerOffVm(this.vm(machine));
  }

  private powerOffVm(vm: SimVm): void {
    vm.info = { ...vm.info, power: 'off' };
    vm.target.reboot();
  }

  deps(): SiteDeps {
    return {
      site: this.site,
      provider: this.provider(),
      ssh: this.ssh(),
      store: this.store,
      secrets: { resolve: async (name) => `secret of ${name}` },
      keystore: {
        loginKey: async () => ({ privateKey: 'private', publicKey: 'ssh-ed25519 AAAA' }),
        fingerprint: async (value) => `hmac-sha256:${sha256Hex(value).slice(0, 16)}`,
      },
      waitForBanner: async (_, __, signal) => {
        await this.onReady?.(signal);
        return 'SSH-2.0-Sim';
      },
    };
  }

  private provider(): Provider {
    const find = async (ref: MachineRef, declared?: Declared): Promise<Found> => {
      const mine = this.vms.of(ref);
      // Made in this order: without a name it is the one that stood there first.
      const vm = mine.find(({ info }) => info.instance === declared?.instance) ?? mine[0];
      return vm === undefined ? { state: 'absent' } : { state: 'present', instance: vm.info };
    };
    return {
      name: 'sim',
      find,
      create: (request, _progress, signal) => this.create(request, signal),
      start: async (instance) => {
        const vm = this.byInstance(instance);
        this.ledger.push(`start ${nameOf(vm.info)}`);
        if (vm.info.power !== 'on') vm.target.reboot();
        vm.info = { ...vm.info, power: 'on' };
        return vm.info;
      },
      stop: async (instance) => this.powerOffVm(this.byInstance(instance)),
      reset: async (instance) => this.byInstance(instance).target.reboot(),
      destroy: (instance) => this.destroy(instance),
      protect: async (instance, on) => {
        const vm = this.byInstance(instance);
        vm.info = { ...vm.info, protect: on };
      },
      takeSnapshot: async (instance, name) => this.takeSnapshot(this.byInstance(instance), name),
      loadSnapshot: async (instance, name) => this.loadSnapshot(this.byInstance(instance), name),
      deleteSnapshot: async (instance, name) => void this.byInstance(instance).snapshots.delete(name),
      snapshots: async (instance) =>
        [...this.byInstance(instance).snapshots.values()].map(({ info }) => info),
      reshape: async (instance, shape) => {
        const vm = this.byInstance(instance);
        if (vm.info.shape !== shapeDigest(shape) || vm.info.power !== 'on') vm.target.reboot();
        vm.info = { ...vm.info, shape: shapeDigest(shape), power: 'on' };
        return vm.info;
      },
      strangers: async () => [],
      reach: async () => ({ host: '127.0.0.1', port: 22, release: async () => {} }),
      list: async () => [...this.vms.values()].map(({ info }) => info),
      console: async (instance) => (this.vms.has(instance) ? `console of ${instance}` : ''),
    };
  }

  private async create(request: CreateRequest, signal: AbortSignal): Promise<InstanceInfo> {
    const { ref, instance, shape } = request;
    await this.onCreate?.(ref.machine, 'begin', signal);
    const others = this.vms.of(ref);
    if (this.tombstones.has(instance)) throw machineError('MW-CREATE-TOMBSTONE', `${instance} was destroyed`);
    if (others.some(({ info }) => info.instance !== instance && info.instance !== request.replaces))
      throw machineError('MW-CREATE-EXISTS', 'another one lives');
    if (!this.vms.has(instance)) {
      this.ledger.push(`create ${ref.machine}`);
      const target = new SimTarget();
      this.vms.set(instance, { info: infoOf(request, shapeDigest(shape)), target, snapshots: new Map() });
      this.onMade?.(ref.machine, target);
    }
    await this.onCreate?.(ref.machine, 'made', signal);
    return this.byInstance(instance).info;
  }

  private async destroy(instance: string) {
    const machine = instance.split('/').at(-1)?.split('@')[0] ?? '';
    await this.onDestroy?.(machine);
    this.tombstones.add(instance);
    this.vms.get(instance)?.target.reboot();
    const existed = this.vms.delete(instance);
    this.ledger.push(existed ? `destroy ${machine}` : `destroy absent ${machine}`);
    return { existed, keptDisks: [] };
  }

  private takeSnapshot(vm: SimVm, name: string): SnapshotInfo {
    const info = { name, at: '2026-01-01T00:00:00Z', sizeBytes: 1, memory: vm.info.power === 'on' };
    const taken = vm.snapshots.get(name) ?? { info, power: vm.info.power, disk: vm.target.disk.copy() };
    vm.snapshots.set(name, taken);
    return taken.info;
  }

  private loadSnapshot(vm: SimVm, name: string): InstanceInfo {
    const snapshot = vm.snapshots.get(name);
    if (snapshot === undefined) throw machineError('MW-SNAPSHOT-ABSENT', `no snapshot ${name}`);
    vm.target.reboot(snapshot.disk.copy());
    vm.info = { ...vm.info, power: snapshot.power };
    return vm.info;
  }

  private byInstance(instance: string): SimVm {
    const vm = this.vms.get(instance);
    if (vm === undefined) throw machineError('MW-MACHINE-GONE', `${instance} does not exist`);
    return vm;
  }

  private ssh(): SshPool {
    return {
      withSession: async ({ poolKey }, use) => use(this.byInstance(poolKey).target.session()),
      probe: async () => ({ banner: 'SSH-2.0-Sim' }),
      forward: async ({ host }, port) => ({ host, port, release: async () => undefined }),
      forget: () => {},
      close: async () => {},
    };
  }
}

const nameOf = (info: InstanceInfo) => info.machineId.split('/').at(-1) ?? '';
const machineError = (code: `MW-${string}`, message: string) =>
  new MillwrightError({ code, cause: 'machine', message }, false);

const infoOf = ({ ref, instance, protect }: CreateRequest, shape: string): InstanceInfo => ({
  ...{ instance, machineId: machineId(ref), power: 'on', protect, shape },
  ...{ hostKey: 'ssh-ed25519 AAAA', addresses: {}, published: {}, keptDisks: [] },
});
