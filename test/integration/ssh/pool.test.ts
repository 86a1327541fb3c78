import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MillwrightError } from '../../../src/model/index.js';
import { createSshPool, type SshPool } from '../../../src/ssh/index.js';
import { type Host, type Kind, startHost, stopHosts } from './hosts.js';

const kinds: Kind[] = ['sshd', 'dropbear'];

async function failure(work: Promise<unknown>): Promise<MillwrightError> {
  return work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error) => error,
  );
}

describe.each(kinds)('commands over %s', (kind) => {
  let host: Host;
  let pool: SshPool;
  let dir: string;
  beforeAll(async () => {
    host = await startHost(kind);
  });
  afterAll(stopHosts);
  beforeEach(() => {
    pool = createSshPool();
    dir = mkdtempSync(join(tmpdir(), 'mw-remote-'));
  });
  afterEach(async () => {
    await pool.close();
    rmSync(dir, { recursive: true });
  });
  const exec = (argv: string[], options = {}) =>
    pool.withSession(host.target, (session) => session.exec(argv, options));

  test('the exit status and both outputs come back', async () => {
    const result = await exec(['sh', '-c', 'echo out; echo err >&2; exit 3']);
    expect(result).toEqual({ code: 3, signal: undefined, stdout: 'out\n', stderr: 'err\n' });
  });

  test('a command that dies by a signal says which', async () => {
    const result = await exec(['sh', '-c', 'kill -KILL $$']);
    expect([result.code, result.signal]).toEqual([null, 'SIGKILL']);
  });

  test('binary standard input arrives byte for byte', async () => {
    const bytes = randomBytes(3_000_000);
    const { stdout } = await exec(['sha256sum'], { stdin: bytes });
    expect(stdout.slice(0, 64)).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('a command that reads no input and ends early is no error', async () => {
    const result = await exec(['true'], { stdin: randomBytes(5_000_000) });
    expect(result.code).toBe(0);
  });

  test('big output is kept from its end, every complete line is seen', async () => {
    let lines = 0;
    const { stdout } = await exec(['seq', '1', '400000'], { onLine: () => (lines += 1), maxBytes: 10_000 });
    expect(lines).toBe(400_000);
    expect(stdout.length).toBe(10_000);
    expect(stdout.endsWith('399999\n400000\n')).toBe(true);
  });

  test('lines are delivered while the command still runs', async () => {
    const abort = new AbortController();
    const seen: string[] = [];
    const onLine = (line: string) => {
      seen.push(line);
      if (seen.length === 2) abort.abort(new Error('seen enough'));
    };
    const running = exec(['sh', '-c', 'echo één; echo two; sleep 20'], { onLine, signal: abort.signal });
    await expect(running).rejects.toThrow('seen enough');
    expect(seen).toEqual(['één', 'two']);
  });

  test('an abort before the start runs nothing', async () => {
    const signal = AbortSignal.abort(new Error('not wanted'));
    await expect(exec(['touch', join(dir, 'ran')], { signal })).rejects.toThrow('not wanted');
    expect(readdirSync(dir)).toEqual([]);
  });

  test('a command that stays silent too long is MW-SSH-TIMEOUT', async () => {
    const error = await failure(exec(['sleep', '20'], { idleMs: 200 }));
    expect(error.info).toMatchObject({ code: 'MW-SSH-TIMEOUT', cause: 'unreachable' });
    expect(error.info.message).toContain('said nothing for 200 ms within a command');
  });

  test('a command that speaks now and then is not silent', async () => {
    const script = 'for i in 1 2 3 4 5 6; do echo $i; sleep 0.2; done';
    expect((await exec(['sh', '-c', script], { idleMs: 1_000 })).code).toBe(0);
  });

  test(`fifty commands at once share ${kind === 'sshd' ? 'one handshake' : 'four, as dropbear bears one at a time'}`, async () => {
    const before = host.logins();
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => exec(['sh', '-c', `sleep 0.05; echo ${i}`])),
    );
    expect(results.map((r) => r.stdout)).toEqual(Array.from({ length: 50 }, (_, i) => `${i}\n`));
    expect(host.logins() - before).toBe(kind === 'sshd' ? 1 : 4);
  });

  test('an upload writes the bytes with the mode and leaves nothing else', async () => {
    const bytes = randomBytes(1_500_000);
    const path = join(dir, "it's here");
    await pool.withSession(host.target, (session) => session.upload(path, bytes, '0750'));
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(statSync(path).mode & 0o7777).toBe(0o750);
    expect(readdirSync(dir)).toEqual(["it's here"]);
  });

  test('an upload of no bytes makes an empty file', async () => {
    const path = join(dir, 'empty');
    await pool.withSession(host.target, (session) => session.upload(path, new Uint8Array(), '0600'));
    expect(statSync(path).size).toBe(0);
  });

  test('an upload to a full disk is MW-SSH-SPACE and leaves the old file and nothing else', async () => {
    const path = join(dir, 'file');
    await pool.withSession(host.target, async (session) => {
      await session.exec(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir]);
      try {
        await session.upload(path, Buffer.from('old'), '0600');
        const error = await failure(session.upload(path, randomBytes(200_000), '0600'));
        expect(error.info).toMatchObject({ code: 'MW-SSH-SPACE', cause: 'machine' });
        expect(error.info.detail?.join()).toContain('No space left on device');
        expect((await session.exec(['cat', path])).stdout).toBe('old');
        expect((await session.exec(['ls', '-A', dir])).stdout).toBe('file\n');
      } finally {
        await session.exec(['umount', dir]);
      }
    });
  });

  test('an upload into a folder that is not there is MW-SSH-UPLOAD with what the shell said', async () => {
    const path = join(dir, 'none/file');
    const error = await failure(
      pool.withSession(host.target, (session) => session.upload(path, Buffer.from('x'), '0600')),
    );
    expect(error.info.code).toBe('MW-SSH-UPLOAD');
    expect(error.info.detail?.join()).toMatch(/none\/file/);
  });

  test('a connection cut within a command is MW-SSH-CLOSED, and the next command has a new one', async () => {
    const before = host.logins();
    const error = await failure(
      pool.withSession(host.target, async (session) => {
        const server = Number((await session.exec(['sh', '-c', 'ps -o ppid= -p $PPID'])).stdout);
        const shell = Number((await session.exec(['sh', '-c', 'echo $PPID'])).stdout);
        expect(server).toBeGreaterThan(1);
        const running = session.exec(['sh', '-c', 'echo begun; sleep 20'], {
          onLine: () => process.kill(shell, 'SIGKILL'),
        });
        return running;
      }),
    );
    expect(error.info).toMatchObject({ code: 'MW-SSH-CLOSED', cause: 'unreachable' });
    expect(error.info.message).toContain('closed the connection within a command');
    expect(error.retryable).toBe(true);
    expect((await exec(['echo', 'again'])).stdout).toBe('again\n');
    expect(host.logins() - before).toBe(2);
  });
});
