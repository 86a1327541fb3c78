import { describe, expect, it } from 'vitest';
import { generateHostKey } from '../../../src/providers/qemu/hostkey.js';
import { seedText } from '../../../src/providers/qemu/seed.js';
import { recordOf } from './fixtures.js';

const key = generateHostKey('web-1').openssh;

describe('the seed', () => {
  it('says who a machine is, line by line', () => {
    const lines = seedText(recordOf(), key, 'systemd').split('\n');
    expect(lines.map((line) => (line.startsWith('host-key') ? 'host-key …' : line))).toEqual([
      'millwright-seed 1',
      'instance 01SHOP/dev/web-1@01CHANGE',
      'hostname web-1',
      expect.stringMatching(/^machine-id [0-9a-f]{32}$/),
      'login-key ssh-ed25519 AAAALOGIN somebody at home',
      'host-key …',
      expect.stringMatching(/^network 52:54:00:(..:){2}.. 10\.0\.2\.15\/24 10\.0\.2\.2 10\.0\.2\.3$/),
      expect.stringMatching(/^network 52:54:00:(..:){2}.. 10\.77\.0\.1\/24$/),
      expect.stringMatching(/^disk mw[0-9a-f]{16} ext4 \/srv\/data$/),
      '',
    ]);
  });

  it('names a card without a declared address, so that it comes up all the same', () => {
    const nics = [{ network: 'inner', cidr: '10.77.0.0/24' }];
    expect(seedText(recordOf({ nics }), key, 'systemd')).toMatch(/network \S+ -\n/);
  });

  it('keeps a login key on its line, whatever it holds', () => {
    const record = recordOf();
    const loginKeys = ['ssh-ed25519 AAAA me\nhost-key EVIL'];
    const text = seedText({ ...record, request: { ...record.request, loginKeys } }, key, 'systemd');
    expect(text.split('\n').filter((line) => line.startsWith('host-key'))).toHaveLength(1);
  });

  it('carries the host key in the form that the image reads', () => {
    const hostKey = (init: 'systemd' | 'micro') =>
      Buffer.from(/host-key (\S+)/.exec(seedText(recordOf(), key, init))?.[1] ?? '', 'base64').toString(
        'latin1',
      );
    expect(hostKey('systemd')).toContain('BEGIN OPENSSH PRIVATE KEY');
    expect(hostKey('micro')).toMatch(/^\0\0\0\u000bssh-ed25519/);
  });
});
