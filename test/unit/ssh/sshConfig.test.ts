import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogins, generateEd25519 } from '../../../src/ssh/index.js';
import { configuredHost, readSshConfig } from '../../../src/ssh/sshConfig.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mw-home-'));
  mkdirSync(join(home, '.ssh/more'), { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true }));

const write = (name: string, text: string): string => {
  const file = join(home, '.ssh', name);
  writeFileSync(file, text);
  return file;
};

describe('~/.ssh/config', () => {
  it('gives the first value of each key, and every IdentityFile', () => {
    const text = `host box\n  hostname 192.0.2.1\n  IdentityFile ~/.ssh/one\nHost *\n  HostName other\n  User ops\n  Port 2200\n  IdentityFile %d/two\n`;
    expect(configuredHost(text, 'box', '/home/me')).toMatchObject({
      ...{ hostName: '192.0.2.1', user: 'ops', port: 2200 },
      identityFiles: ['/home/me/.ssh/one', '/home/me/two'],
    });
  });

  it('knows jump hosts, and that there shall be none', () => {
    expect(configuredHost('Host a\n ProxyJump x, me@y:22\n', 'a', '/h').proxyJump).toEqual(['x', 'me@y:22']);
    expect(configuredHost('Host a\n ProxyJump none\n', 'a', '/h').proxyJump).toEqual([]);
    expect(configuredHost('Host a\n', 'a', '/h').proxyJump).toBeUndefined();
  });

  it('never runs a program for a name that a manifest may choose', () => {
    const proof = join(home, 'ran');
    configuredHost(`Match exec "touch ${proof}"\n  User evil\n`, 'box', home);
    expect(() => rmSync(proof)).toThrow();
  });

  it('includes files by name and pattern, and says when they go in a circle', () => {
    const file = write('config', 'Include more/*.conf missing\nHost *\n User last\n');
    write('more/a.conf', 'Host a\n User first\n');
    const text = readSshConfig(file, home) ?? '';
    expect([configuredHost(text, 'a', home).user, configuredHost(text, 'b', home).user]).toEqual([
      'first',
      'last',
    ]);
    write('more/a.conf', 'Include config\n');
    expect(() => readSshConfig(file, home)).toThrow('its Includes go in a circle');
    expect(readSshConfig(join(home, 'none'), home)).toBeUndefined();
  });
});

describe('ways to log in', () => {
  const connection = { host: 'box', hostKey: 'ssh-ed25519 AAAA', become: 'none' } as const;
  const ways = async (more: object = {}, asked: object = {}) => {
    const options = { home, user: 'me', knownHosts: [join(home, '.ssh/known_hosts')], ...more };
    const target = await createLogins(options).target(connection, { poolKey: 'p', ...asked });
    return [target.user, ...(target.ways ?? []).map((way) => (way.kind === 'key' ? way.name : way.kind))];
  };

  it('are agent, usual keys, the site\u2019s key and the password, in this order', async () => {
    const key = write('id_ed25519', generateEd25519().privateKey);
    expect(await ways({ agent: '/a' }, { siteKey: 'k', password: 'p' })).toEqual([
      ...['me', 'agent', `key ${key}`, "the site's login key", 'password'],
    ]);
  });

  it('are the keys that are named before the agent, without the usual ones', async () => {
    write('id_ed25519', generateEd25519().privateKey);
    const named = write('named', generateEd25519().privateKey);
    expect(await ways({ agent: '/a', identityFiles: [named] })).toEqual(['me', `key ${named}`, 'agent']);
    await expect(ways({ identityFiles: [join(home, 'none')] })).rejects.toMatchObject({
      info: { code: 'MW-SSH-KEY' },
    });
  });

  it('keep the agent out where ~/.ssh/config says IdentitiesOnly', async () => {
    const named = write('named', generateEd25519().privateKey);
    const sshConfig = write('config', `Host box\n User ops\n IdentityFile ${named}\n IdentitiesOnly yes\n`);
    expect(await ways({ agent: '/a', sshConfig })).toEqual(['ops', `key ${named}`]);
  });
});
