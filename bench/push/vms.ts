import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instanceId } from '../../src/model/index.js';
import type { Provider } from '../../src/providers/port.js';
import { createQemuProvider } from '../../src/providers/qemu/index.js';
import type { KeyPair } from '../../src/ssh/index.js';
import { qemuPids, temporarySite } from '../../test/integration/providers/site.js';
import { cpuOf } from '../support/host.js';
import { output } from './command.js';
import { type Farm, type Target, writeAccess } from './targets.js';

/** Real machines, booted once; each run finds them as they were then. */
export interface Vms {
  /** The first `count` of them, put back to how they were when they had booted. */
  farm(dir: string, count: number): Promise<Farm>;
  close(): Promise<void>;
}

interface Vm {
  readonly instance: string;
  readonly target: Target;
}

const booted = 'booted';
const nobody = (): void => undefined;

/** Python is for those who need it. */
const image = { name: 'debian12', kind: 'build', suite: 'bookworm', include: ['python3'] } as const;
const shape = { cpus: 1, memoryMiB: 512, diskMiB: 4096, image, disks: [], nics: [], publish: [] };

export async function bootVms(count: number, login: KeyPair, say: (line: string) => void): Promise<Vms> {
  const { remove, ...site } = temporarySite();
  const provider = createQemuProvider(site);
  const vms: Vm[] = [];
  const close = async (): Promise<void> => {
    for (const { instance } of vms) await provider.destroy(instance, { force: true });
    await remove();
  };
  try {
    say(`booting ${count} machines`);
    for (let n = 1; n <= count; n++) vms.push(await create(provider, `node-${n}`, login));
    for (const vm of vms) await settled(provider, vm, login);
    const restored = async (some: readonly Vm[]): Promise<number[]> => {
      for (const { instance } of some) await provider.loadSnapshot(instance, booted, nobody);
      return (await Promise.all(some.map(({ instance }) => qemuPids(site.stateDir, instance)))).flat();
    };
    return {
      farm: async (dir, some) => farmOf(vms.slice(0, some), await restored(vms.slice(0, some)), dir, login),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function create(provider: Provider, name: string, login: KeyPair): Promise<Vm> {
  const ref = { fleet: 'bench', fleetUid: '01BENCHVMS0000000000000000', environment: 'bench', machine: name };
  const instance = instanceId(ref, 'C1');
  const request = { ref, instance, shape, protect: false, loginKeys: [login.publicKey] };
  const { hostKey } = await provider.create(request, nobody, new AbortController().signal);
  const { port } = await provider.reach(instance, 22);
  return { instance, target: { name, port, hostKey } };
}

/** It has started what it starts, and can be put back to that moment. */
async function settled(provider: Provider, { instance, target }: Vm, login: KeyPair): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'mw-vms-'));
  const { sshConfig } = writeAccess(dir, [target], login);
  const wait = 'systemctl is-system-running --wait || true; sync';
  await output([
    'timeout',
    '600',
    'sh',
    '-c',
    'until ssh -F "$1" "$2" "$3"; do sleep 1; done',
    'sh',
    sshConfig,
    target.name,
    wait,
  ]);
  rmSync(dir, { recursive: true });
  await provider.takeSnapshot(instance, booted, nobody);
}

function farmOf(vms: readonly Vm[], pids: readonly number[], dir: string, login: KeyPair): Farm {
  const targets = vms.map(({ target }) => target);
  const access = writeAccess(dir, targets, login);
  return {
    targets,
    ...access,
    cpu: () => pids.reduce((sum, pid) => sum + cpuOf(pid), 0),
    textOn: ({ name }, path) =>
      output(['ssh', '-F', access.sshConfig, name, 'cat', path]).catch(() => undefined),
    stop: async () => undefined,
  };
}
