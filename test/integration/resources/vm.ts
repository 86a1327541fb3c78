import { randomUUID } from 'node:crypto';
import { instanceId } from '../../../src/model/index.js';
import { createQemuProvider } from '../../../src/providers/qemu/index.js';
import { createSshPool, generateEd25519, type KeyPair } from '../../../src/ssh/index.js';
import { Operator } from '../providers/guest.js';
import { temporarySite } from '../providers/site.js';
import type { Box } from '../runner/box.js';

/** What the resources, a playbook and a manifest of Puppet find on the machine: one image for all of these tests. */
const include = [
  'busybox',
  'cron',
  'curl',
  'git',
  'locales',
  'nftables',
  'openssl',
  'puppet-agent',
  'python3',
  'sudo',
];

/** A real Debian machine of a site of its own. */
export interface Vm {
  readonly host: string;
  readonly port: number;
  /** `type base64`. */
  readonly hostKey: string;
  /** The key that root lets in. */
  readonly login: KeyPair;
  close(): Promise<void>;
}

/** Boots it and waits until systemd has started what it starts. */
export async function bootVm({ memoryMiB = 512 } = {}): Promise<Vm> {
  const { remove, ...site } = temporarySite();
  const provider = createQemuProvider(site);
  const operator = await Operator.create();
  const login = generateEd25519('resources');
  const ref = { fleet: 'life', fleetUid: randomUUID(), environment: 'test', machine: 'vm-1' };
  const instance = instanceId(ref, 'C1');
  const image = { name: 'debian12', kind: 'build', suite: 'bookworm', include } as const;
  const shape = { cpus: 2, memoryMiB, diskMiB: 4096, image, disks: [], nics: [], publish: [] };
  const loginKeys = [operator.publicKey, login.publicKey];
  const request = { ref, instance, shape, protect: false, loginKeys };
  const close = async (): Promise<void> => {
    await provider.destroy(instance, { force: true });
    await remove();
  };
  const made = await provider.create(request, () => undefined, new AbortController().signal);
  try {
    await booted(() => operator.run(provider, made, 'systemctl is-system-running --wait || true'));
    return { ...(await provider.reach(instance, 22)), hostKey: made.hostKey, login, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A machine in software emulation, beside whatever else this host does, may need more than one wait. */
async function booted(look: () => Promise<unknown>, waits = 4): Promise<void> {
  for (let wait = 1; ; wait++) {
    try {
      await look();
      return;
    } catch (error) {
      if (wait === waits) throw error;
    }
  }
}

/** Root on it, over real SSH on one connection; `close` lets go of the connection alone. */
export function rootOn(
  vm: Pick<Vm, 'host' | 'port' | 'hostKey' | 'login'>,
): Pick<Box, 'exec' | 'sh' | 'put' | 'close'> {
  const pool = createSshPool();
  const { host, port, hostKey } = vm;
  const to = {
    host,
    port,
    user: 'root',
    hostKey,
    privateKey: vm.login.privateKey,
    poolKey: `${host}:${port}`,
  };
  const exec: Box['exec'] = async (argv, stdin = '') => {
    const done = await pool.withSession(to, (session) => session.exec(argv, { stdin, maxBytes: 64 << 20 }));
    return { code: done.code ?? -1, stdout: done.stdout, stderr: done.stderr };
  };
  return {
    exec,
    async sh(script) {
      const { code, stdout, stderr } = await exec(['sh', '-c', script]);
      if (code !== 0) throw new Error(`${script}\nexited ${code}\n${stdout}${stderr}`);
      return stdout;
    },
    put: (path, bytes, mode = '600') =>
      pool.withSession(to, async (session) => {
        await session.exec(['mkdir', '-p', path.slice(0, path.lastIndexOf('/'))]);
        await session.upload(path, Buffer.from(bytes), mode);
      }),
    close: () => pool.close(),
  };
}
