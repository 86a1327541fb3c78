import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MillwrightError } from '../../../src/model/index.js';
import {
  createSshPool,
  fingerprint,
  generateEd25519,
  type SshPool,
  type SshTarget,
} from '../../../src/ssh/index.js';
import { freePort, type Host, type Kind, portOf, startHost, stopHosts } from './hosts.js';

const kinds: Kind[] = ['sshd', 'dropbear'];

let pool: SshPool;
beforeEach(() => {
  pool = createSshPool();
});
afterEach(() => pool.close());
afterAll(stopHosts);

const login = (target: SshTarget) => pool.withSession(target, (session) => session.exec(['true']));
const failure = (work: Promise<unknown>): Promise<MillwrightError> =>
  work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error) => error,
  );

describe.each(kinds)('%s', (kind) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost(kind);
  });
  afterAll(() => host.stop());

  test('that has another host key is refused with both fingerprints and its banner before any login', async () => {
    const other = generateEd25519().publicKey;
    const before = host.log().length;
    const target = { ...host.target, hostKey: other };
    for (const attempt of [() => login(target), () => pool.probe(target, 5_000)]) {
      const error = await failure(attempt());
      expect(error.info).toMatchObject({ code: 'MW-SSH-HOSTKEY', cause: 'machine' });
      expect(error.retryable).toBe(false);
      expect(error.info.detail?.[0]).toBe(`expected  ${fingerprint(other)}`);
      expect(error.info.detail?.[1]).toContain(`answered  ${fingerprint(host.target.hostKey)}   SSH-2.0-`);
    }
    expect(host.log().slice(before)).not.toMatch(/publickey|pubkey|password|user root/i);
  });

  test('that has a host key of another type shows the one it has', async () => {
    const error = await failure(login({ ...host.target, hostKey: ecdsaKey }));
    expect(error.info.code).toBe('MW-SSH-HOSTKEY');
    expect(error.info.detail?.[1]).toContain(fingerprint(host.target.hostKey));
  });

  test('answers a probe with its banner and sees no login', async () => {
    const logins = host.logins();
    const { banner } = await pool.probe(host.target, 5_000);
    expect(banner).toMatch(kind === 'sshd' ? /^SSH-2\.0-OpenSSH_/ : /^SSH-2\.0-dropbear/);
    expect(host.logins()).toBe(logins);
  });

  test('that does not know the login key is MW-SSH-AUTH', async () => {
    const error = await failure(login({ ...host.target, privateKey: generateEd25519().privateKey }));
    expect(error.info).toMatchObject({ code: 'MW-SSH-AUTH', cause: 'machine' });
    expect(error.info.message).toContain("refused the site's login key for root");
    expect(error.retryable).toBe(false);
  });
});

test('a host key that begins with a zero byte is as good as any', async () => {
  const key = keyThatBeginsWithZero();
  const host = await startHost('sshd', { hostKey: key, login: key });
  expect((await login(host.target)).code).toBe(0);
  await host.stop();
});

test('nobody on the port is MW-SSH-REFUSED', async () => {
  const target = someTarget({ port: await freePort() });
  const error = await failure(login(target));
  expect(error.info).toMatchObject({ code: 'MW-SSH-REFUSED', cause: 'unreachable' });
  expect(error.info.message).toBe(`127.0.0.1:${target.port} refuses connections.`);
  expect(error.retryable).toBe(true);
});

test('a name that nobody knows is MW-SSH-REFUSED and says why', async () => {
  const error = await failure(login(someTarget({ host: 'no-such-host.invalid', port: 22 })));
  expect(error.info.code).toBe('MW-SSH-REFUSED');
  expect(error.info.message).toMatch(/^no-such-host\.invalid:22 can't be reached: E/);
});

describe('a server that', () => {
  let server: Server;
  const open: Socket[] = [];
  const serve = (onSocket: (socket: Socket) => void): Promise<SshTarget> =>
    new Promise((resolve) => {
      server = createServer((socket) => {
        open.push(socket.on('error', () => undefined));
        onSocket(socket);
      }).listen(0, '127.0.0.1', () => resolve(someTarget({ port: portOf(server) })));
    });
  afterEach(() => {
    for (const socket of open.splice(0)) socket.destroy();
    server.close();
  });

  test('accepts and stays silent, as a forwarder without a guest, is MW-SSH-TIMEOUT', async () => {
    const target = await serve(() => undefined);
    const hasty = createSshPool({ bannerMs: 200 });
    const session = () => hasty.withSession(target, (one) => one.exec(['true']));
    for (const attempt of [() => pool.probe(target, 200), session]) {
      const error = await failure(attempt());
      expect(error.info).toMatchObject({ code: 'MW-SSH-TIMEOUT', cause: 'unreachable' });
      expect(error.info.message).toContain('accepts connections but sent no SSH banner within 200 ms');
    }
  });

  test('accepts and stays silent is waited for only until the caller aborts', async () => {
    const target = await serve(() => undefined);
    const reason = new Error('not wanted any more');
    const early = AbortSignal.abort(reason);
    await expect(pool.withSession(target, async () => 1, { signal: early })).rejects.toBe(reason);
    const abort = new AbortController();
    const waiting = pool.withSession(target, async () => 1, { signal: abort.signal });
    setTimeout(() => abort.abort(reason), 50);
    await expect(waiting).rejects.toBe(reason);
  });

  test('accepts and hangs up is MW-SSH-REFUSED', async () => {
    const error = await failure(login(await serve((socket) => socket.end())));
    expect(error.info.code).toBe('MW-SSH-REFUSED');
    expect(error.info.message).toContain('closes them before an SSH banner');
  });

  test('shows a banner and nothing else is MW-SSH-TIMEOUT with the banner', async () => {
    const target = await serve((socket) => socket.write('SSH-2.0-Tarpit\r\n'));
    const error = await failure(pool.probe(target, 200));
    expect(error.info.code).toBe('MW-SSH-TIMEOUT');
    expect(error.info.message).toContain(
      'sent SSH-2.0-Tarpit but did not finish the key exchange within 200 ms',
    );
  });

  test('shows a banner and hangs up is MW-SSH-CLOSED', async () => {
    const error = await failure(login(await serve((socket) => socket.end('SSH-2.0-Busy\r\n'))));
    expect(error.info.code).toBe('MW-SSH-CLOSED');
    expect(error.info.message).toContain('closed the connection during the key exchange');
  });

  test('speaks HTTP is no SSH server', async () => {
    const error = await failure(
      login(await serve((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
    );
    expect(error.info.code).toMatch(/^MW-SSH-(REFUSED|CLOSED)$/);
  });
});

describe('an account that', () => {
  test('has no shell is MW-SSH-SHELL with what it said', async () => {
    const host = await startHost('sshd', { extra: ['ForceCommand=/usr/sbin/nologin'] });
    const error = await failure(login(host.target));
    expect(error.info).toMatchObject({ code: 'MW-SSH-SHELL', cause: 'machine' });
    expect(error.info.detail).toEqual(['This account is currently not available.']);
    await host.stop();
  });

  test('may only transfer files is MW-SSH-SHELL', async () => {
    const host = await startHost('sshd', { extra: ['ForceCommand=internal-sftp'] });
    expect((await failure(login(host.target))).info.code).toBe('MW-SSH-SHELL');
    await host.stop();
  });

  test('may open no session is MW-SSH-SHELL', async () => {
    const host = await startHost('sshd', { extra: ['MaxSessions=0'] });
    expect((await failure(login(host.target))).info.code).toBe('MW-SSH-SHELL');
    await host.stop();
  });

  test('has a shell is not blamed for a command that fails', async () => {
    const host = await startHost('sshd');
    const { code } = await pool.withSession(host.target, (session) => session.exec(['false']));
    expect(code).toBe(1);
    await host.stop();
  });
});

describe('one connection', () => {
  test('serves more commands at once than sshd allows sessions, with one handshake', async () => {
    const host = await startHost('sshd', { extra: ['MaxSessions=2'] });
    const run = (i: number) =>
      pool.withSession(host.target, (session) => session.exec(['sh', '-c', `sleep 0.05; echo ${i}`]));
    const results = await Promise.all(Array.from({ length: 12 }, (_, i) => run(i)));
    expect(results.map((r) => r.stdout.trim())).toEqual(Array.from({ length: 12 }, (_, i) => `${i}`));
    expect(host.logins()).toBe(1);
    await host.stop();
  });

  test('is replaced when commands that were left hold all its sessions', async () => {
    const host = await startHost('sshd', { extra: ['MaxSessions=2'] });
    await pool.withSession(host.target, async (session) => {
      for (let i = 0; i < 2; i += 1)
        await failure(session.exec(['sleep', '20'], { signal: AbortSignal.timeout(200) }));
      expect((await session.exec(['echo', 'here'])).stdout).toBe('here\n');
    });
    expect(host.logins()).toBe(2);
    await host.stop();
  });

  test('is closed when nobody uses it for a while', async () => {
    const host = await startHost('sshd');
    const short = createSshPool({ idleCloseMs: 100 });
    await short.withSession(host.target, (session) => session.exec(['true']));
    await until(() => host.log().includes('disconnect'));
    await short.withSession(host.target, (session) => session.exec(['true']));
    expect(host.logins()).toBe(2);
    await short.close();
    await host.stop();
  });

  test('to a machine that came back elsewhere is a new one under the same pool key', async () => {
    const [before, after] = [await startHost('sshd'), await startHost('sshd')];
    await login(before.target);
    await login({ ...after.target, poolKey: before.target.poolKey });
    expect([before.logins(), after.logins()]).toEqual([1, 1]);
    await Promise.all([before.stop(), after.stop()]);
  });

  test('that must be fresh is one of its own, ended after use, and leaves the pooled one as it was', async () => {
    const host = await startHost('sshd');
    const server = (options = {}) =>
      pool.withSession(host.target, (s) => s.exec(['sh', '-c', 'echo $PPID']), options);
    const pooled = (await server()).stdout;
    const fresh = (await server({ fresh: true })).stdout;
    expect(fresh).not.toBe(pooled);
    await until(() => !alive(Number(fresh)));
    expect((await server()).stdout).toBe(pooled);
    expect(host.logins()).toBe(2);
    await host.stop();
  });

  test('that died while idle is made again without anybody noticing', async () => {
    const host = await startHost('sshd');
    const server = (await pool.withSession(host.target, (s) => s.exec(['sh', '-c', 'echo $PPID']))).stdout;
    process.kill(Number(server), 'SIGKILL');
    await until(() => !alive(Number(server)));
    expect((await login(host.target)).code).toBe(0);
    expect(host.logins()).toBe(2);
    await host.stop();
  });

  test('whose machine freezes within a command is given up as MW-SSH-TIMEOUT', async () => {
    const host = await startHost('sshd');
    const eager = createSshPool({ keepaliveMs: 100 });
    let server = 0;
    const onLine = (line: string) => {
      server = Number(line);
      process.kill(server, 'SIGSTOP');
    };
    const running = eager.withSession(host.target, (s) =>
      s.exec(['sh', '-c', 'echo $PPID; sleep 20'], { onLine }),
    );
    const error = await failure(running);
    expect(error.info.code).toBe('MW-SSH-TIMEOUT');
    expect(error.info.message).toContain('stopped answering within a command');
    process.kill(server, 'SIGKILL');
    await eager.close();
    await host.stop();
  });

  test('whose machine froze while idle is made again, as the command had not begun', async () => {
    const host = await startHost('sshd');
    const eager = createSshPool({ keepaliveMs: 100 });
    const server = Number(
      (await eager.withSession(host.target, (s) => s.exec(['sh', '-c', 'echo $PPID']))).stdout,
    );
    process.kill(server, 'SIGSTOP');
    const again = await eager.withSession(host.target, (session) => session.exec(['echo', 'again']));
    expect(again.stdout).toBe('again\n');
    process.kill(server, 'SIGKILL');
    await eager.close();
    await host.stop();
  });
});

test('an abort does not wait for a machine that froze', async () => {
  const host = await startHost('sshd');
  await pool.withSession(host.target, async (session) => {
    const server = Number((await session.exec(['sh', '-c', 'echo $PPID'])).stdout);
    process.kill(server, 'SIGSTOP');
    const reason = await session.exec(['true'], { signal: AbortSignal.timeout(100) }).catch((error) => error);
    expect(reason.name).toBe('TimeoutError');
    process.kill(server, 'SIGKILL');
  });
  await host.stop();
});

test('a machine that is forgotten fails its commands and makes no new connection for them', async () => {
  const host = await startHost('sshd');
  const running = pool.withSession(host.target, async (session) => {
    const onLine = () => pool.forget(host.target.poolKey);
    const first = await failure(session.exec(['sh', '-c', 'echo begun; sleep 20'], { onLine }));
    return [first, await failure(session.exec(['true']))];
  });
  expect((await running).map((error) => error.info.code)).toEqual(['MW-SSH-CLOSED', 'MW-SSH-CLOSED']);
  expect(host.logins()).toBe(1);
  expect((await login(host.target)).code).toBe(0);
  await host.stop();
});

test('an upload that is cut leaves the old file', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'mw-cut-'));
  const path = join(dir, 'file');
  writeFileSync(path, 'old');
  const host = await startHost('sshd');
  const error = await failure(
    pool.withSession(host.target, async (session) => {
      const server = Number((await session.exec(['sh', '-c', 'echo $PPID'])).stdout);
      const sending = session.upload(path, new Uint8Array(64 * 1024 * 1024), '0600');
      await until(() => execFileSync('ls', [dir]).toString().includes('.mw-'));
      process.kill(server, 'SIGKILL');
      return sending;
    }),
  );
  expect(error.info.code).toBe('MW-SSH-CLOSED');
  await until(() => execFileSync('ls', [dir]).toString() === 'file\n');
  expect(readFileSync(path, 'utf8')).toBe('old');
  await host.stop();
  rmSync(dir, { recursive: true });
});

const ecdsaKey =
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKhMbzqnrW0mM0xLTx8fIMTMNfj6JkaYqZ3X0mhRPoJLwbHkNf2IhNtDYzIgVzwQ2P1QpVZg2zEa9X2L0nJZ2gY=';

function someTarget(more: { host?: string; port: number }): SshTarget {
  const { publicKey, privateKey } = generateEd25519();
  return {
    host: '127.0.0.1',
    user: 'root',
    hostKey: publicKey,
    privateKey,
    poolKey: `${more.port}`,
    ...more,
  };
}

function keyThatBeginsWithZero() {
  for (;;) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    if (point[0] === 0)
      return openSshPair(point, privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32));
  }
}

/** An OpenSSH key file without passphrase (PROTOCOL.key) and its public line. */
function openSshPair(point: Buffer, seed: Buffer) {
  const uint32 = (n: number) => Buffer.from([n >>> 24, n >>> 16, n >>> 8, n]);
  const string = (data: string | Buffer) =>
    Buffer.concat([uint32(Buffer.byteLength(data)), Buffer.from(data)]);
  const blob = Buffer.concat([string('ssh-ed25519'), string(point)]);
  const secret = [uint32(1), uint32(1), blob, string(Buffer.concat([seed, point])), string('')];
  const padded = Buffer.concat([...secret, Buffer.from([1, 2, 3, 4, 5, 6, 7])]);
  const body = [string('none'), string('none'), string(''), uint32(1), string(blob)];
  const whole = padded.subarray(0, padded.length - (padded.length % 8));
  const file = Buffer.concat([Buffer.from('openssh-key-v1\0'), ...body, string(whole)]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  const [begin, end] = ['BEGIN', 'END'].map((word) => `-----${word} OPENSSH PRIVATE KEY-----`);
  return {
    privateKey: [begin, ...lines, end, ''].join('\n'),
    publicKey: `ssh-ed25519 ${blob.toString('base64')}`,
  };
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
