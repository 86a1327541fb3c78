import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nocloudImage } from '../../../src/providers/qemu/nocloud.js';
import { recordOf } from './fixtures.js';

/** Files of the Joliet root folder, read as a kernel would. */
function filesOf(image: Buffer): Record<string, string> {
  const descriptor = image.subarray(17 * 2048, 18 * 2048);
  const folder = image.subarray(descriptor.readUInt32LE(158) * 2048);
  const files: Record<string, string> = {};
  for (let at = 0; folder[at]; at += folder[at] ?? 0) {
    const [sector, length] = [folder.readUInt32LE(at + 2), folder.readUInt32LE(at + 10)];
    const name = Buffer.from(folder.subarray(at + 33, at + 33 + (folder[at + 32] ?? 0)));
    if (name.length < 2) continue;
    files[name.swap16().toString('utf16le')] = image.toString('utf8', sector * 2048, sector * 2048 + length);
  }
  return files;
}

describe('the NoCloud disk', () => {
  const image = Buffer.from(nocloudImage(recordOf(), 'PRIVATE\n'));
  const files = filesOf(image);
  const parsed = (name: string) => JSON.parse(files[name]?.replace('#cloud-config\n', '') ?? '');

  it('is labelled and holds the three documents under their own names', () => {
    expect(image.toString('latin1', 16 * 2048 + 40, 16 * 2048 + 72).trim()).toBe('cidata');
    expect(Object.keys(files).sort()).toEqual(['meta-data', 'network-config', 'user-data']);
    expect(files['user-data']).toMatch(/^#cloud-config\n/);
  });

  it("is what blkid takes for a disk with cloud-init's label", () => {
    const dir = mkdtempSync(join(tmpdir(), 'mw-iso-'));
    const path = join(dir, 'seed');
    writeFileSync(path, image);
    const said = execFileSync('/sbin/blkid', ['-p', '-o', 'export', path], { encoding: 'utf8' });
    rmSync(dir, { recursive: true });
    expect(said).toMatch(/^LABEL=cidata$/m);
    expect(said).toMatch(/^TYPE=iso9660$/m);
  });

  it('gives cloud-init the host key, the login keys and root', () => {
    expect(parsed('user-data')).toMatchObject({
      hostname: 'web-1',
      disable_root: false,
      ssh_deletekeys: true,
      ssh_keys: { ed25519_private: 'PRIVATE\n', ed25519_public: 'ssh-ed25519 AAAAHOST web-1' },
      ssh_authorized_keys: ['ssh-ed25519 AAAALOGIN somebody at home'],
    });
    expect(parsed('meta-data')['local-hostname']).toBe('web-1');
  });

  it('formats a disk only where blkid finds nothing', () => {
    expect(parsed('user-data').bootcmd[0][2]).toMatch(
      /^\[ -n "\$\(blkid .+\)" \] \|\| mkfs\.ext4 -q \S+ && mkdir/,
    );
  });

  it('tells cards apart by their address', () => {
    const { ethernets } = parsed('network-config');
    expect(ethernets.eth0).toMatchObject({ dhcp4: true });
    expect(ethernets.eth1).toMatchObject({ addresses: ['10.77.0.1/24'] });
    expect(ethernets.eth0.match.macaddress).not.toBe(ethernets.eth1.match.macaddress);
  });
});
