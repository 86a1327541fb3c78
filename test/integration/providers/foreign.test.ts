import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instanceId, type MachineShape } from '../../../src/model/index.js';
import type { Provider } from '../../../src/providers/port.js';
import { createQemuProvider } from '../../../src/providers/qemu/index.js';
import { Operator } from './guest.js';
import { temporarySite } from './site.js';

const script = fileURLToPath(new URL('./foreign-image.sh', import.meta.url));

/** A cloud image with its own kernel, boot loader and cloud-init; built once, as that takes minutes. */
function foreignImage(cache: string): string {
  const digest = createHash('sha256').update(readFileSync(script)).digest('hex').slice(0, 16);
  const path = join(cache, `foreign-${digest}.qcow2`);
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true });
  const temporary = `${path}.${process.pid}`;
  execFileSync(script, [temporary], { stdio: ['ignore', 'inherit', 'inherit'] });
  renameSync(temporary, path);
  return path;
}

describe("somebody else's image", () => {
  const { remove, ...site } = temporarySite();
  const ref = { fleet: 'contract', fleetUid: randomUUID(), environment: 'test', machine: 'cloud-1' };
  const instance = instanceId(ref, 'C1');
  let operator: Operator;
  let provider: Provider;
  let path: string;

  beforeAll(async () => {
    path = foreignImage(dirname(site.imagesDir));
    operator = await Operator.create();
    provider = createQemuProvider(site);
  });
  afterAll(async () => {
    await provider?.destroy(instance, { force: true });
    await remove();
  });

  const create = (image: MachineShape['image']) => {
    const shape: MachineShape = {
      cpus: 2,
      memoryMiB: 512,
      diskMiB: 2048,
      image,
      disks: [{ name: 'data', sizeMiB: 64, filesystem: 'ext4', mount: '/srv/data', keep: false }],
      nics: [{ network: 'inner', cidr: '10.77.0.0/24', address: '10.77.0.7' }],
      publish: [],
    };
    const request = { ref, instance, shape, protect: false, loginKeys: [operator.publicKey] };
    return provider.create(request, () => undefined, new AbortController().signal);
  };

  it('is refused with both sums when it is not the declared one', async () => {
    const sha256 = '0'.repeat(64);
    await expect(create({ name: 'cloud', kind: 'path', path, sha256 })).rejects.toMatchObject({
      info: {
        code: 'MW-IMAGE-CHECKSUM',
        detail: [`declared  ${sha256}`, expect.stringMatching(/^actual {4}[0-9a-f]{64}$/)],
      },
    });
  });

  it('boots by its own loader, and cloud-init makes it the machine that we declared', async () => {
    const machine = await create({ name: 'cloud', kind: 'path', path });
    const run = (command: string) => operator.run(provider, machine, command);
    expect(await run('cloud-init status --wait || cloud-init status --long')).toContain('status: done');
    expect(await run('hostname')).toBe('cloud-1');
    expect(await run('ip -br address show eth1')).toContain('10.77.0.7/24');
    expect(await run('findmnt -no FSTYPE /srv/data')).toBe('ext4');
    expect(await run('ls /etc/ssh/ssh_host_*_key')).toBe('/etc/ssh/ssh_host_ed25519_key');
  });
});
