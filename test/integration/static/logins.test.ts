import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MachineConnection, MillwrightError } from '../../../src/model/index.js';
import { createLogins, createSshPool, generateEd25519, type SshPool } from '../../../src/ssh/index.js';
import { type ExistingHost, openHost, password } from './host.js';

/** One box with every kind of user, and a second one behind it. */
describe('logins to machines that exist already', () => {
  let host: ExistingHost;
  let behind: ExistingHost;
  let home: string;
  let pool: SshPool;

  beforeAll(async () => {
    const users = ['nopass', 'nosudo', 'noterm', 'doas', 'doaspass', 'asked'];
    host = await openHost({
      sudoers: [
        'ops ALL=(ALL) ALL',
        'nopass ALL=(ALL) NOPASSWD: ALL',
        'noterm ALL=(ALL) NOPASSWD: ALL',
        'Defaults:noterm requiretty',
        'asked ALL=(ALL) NOPASSWD: ALL',
      ].join('\n'),
      sshd: [
        'PasswordAuthentication yes',
        'KbdInteractiveAuthentication yes',
        'Match User asked',
        '  AuthenticationMethods keyboard-interactive',
        'Match User nosudo',
        '  PasswordAuthentication no',
        'Match all',
      ],
      setup: `for user in ${users.join(' ')}; do useradd -m -s /bin/sh $user
          cp -r /home/ops/.ssh /home/$user/ && chown -R $user: /home/$user/.ssh; done
        printf 'permit nopass doas\\npermit doaspass\\n' >/etc/doas.conf`,
    });
    await host.box.exec(['chpasswd'], `asked:${password}\nnosudo:${password}\n`);
    behind = await openHost({ login: host.login });
  });
  afterAll(async () => {
    await host?.close();
    await behind?.close();
  });
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'mw-home-'));
    mkdirSync(join(home, '.ssh'));
    pool = createSshPool();
  });
  afterEach(async () => {
    await pool.close();
    rmSync(home, { recursive: true });
  });

  const key = (name = 'id_ed25519'): string => {
    const file = join(home, '.ssh', name);
    writeFileSync(file, host.login.privateKey, { mode: 0o600 });
    return file;
  };
  const to = (one: ExistingHost, more: Partial<MachineConnection>): MachineConnection => ({
    ...{ host: '127.0.0.1', port: one.port, hostKey: one.hostKey, become: 'none' },
    ...more,
  });
  interface Asked {
    readonly password?: string;
    readonly agent?: string;
    readonly argv?: readonly string[];
    readonly stdin?: string;
  }
  const run = async (connection: MachineConnection, asked: Asked = {}) => {
    const logins = createLogins({
      ...{ home, user: 'nobody', agent: asked.agent },
      ...{ sshConfig: join(home, '.ssh/config'), knownHosts: [join(home, '.ssh/known_hosts')] },
    });
    const target = await logins.target(connection, { poolKey: 'one', password: asked.password });
    return pool.withSession(target, (session) =>
      session.exec(asked.argv ?? ['sh', '-c', 'id -un; cat'], { stdin: asked.stdin ?? 'input\n' }),
    );
  };
  const failing = async (connection: MachineConnection, asked: Asked = {}): Promise<string> =>
    run(connection, asked).then(
      ({ stdout, stderr }) => `it did not fail: ${stdout}${stderr}`,
      (error: MillwrightError) => `${error.info.code} ${error.info.message}`,
    );

  it('become root by sudo with a password, which never reaches the command', async () => {
    key();
    const result = await run(to(host, { user: 'ops', become: 'sudo' }), { password });
    expect(result).toMatchObject({ code: 0, stdout: 'root\ninput\n' });
  });

  it('become root by sudo that wants no password although one is given', async () => {
    key();
    for (const given of [undefined, password])
      expect(await run(to(host, { user: 'nopass', become: 'sudo' }), { password: given })).toMatchObject({
        code: 0,
        stdout: 'root\ninput\n',
      });
  });

  it('hand a megabyte of any bytes to a command of root', async () => {
    key();
    const stdin = Buffer.alloc(1_000_000, Buffer.from([0, 10, 13, 255, 36]));
    const logins = createLogins({ home, user: 'nobody', knownHosts: [] });
    const target = await logins.target(to(host, { user: 'ops', become: 'sudo' }), {
      ...{ poolKey: 'one', password },
    });
    await pool.withSession(target, async (session) => {
      await session.upload('/root/bytes', stdin, '0600');
      const { stdout } = await session.exec(['stat', '-c', '%U %s %a', '/root/bytes']);
      expect(stdout).toBe('root 1000000 600\n');
    });
  });

  it('never show a password in an argument or the environment of a process', async () => {
    key();
    const argv = ['sh', '-c', 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"'];
    const { stdout } = await run(to(host, { user: 'ops', become: 'sudo' }), { password, argv });
    expect(stdout).toContain('sudo');
    expect(stdout).not.toContain(password);
  });

  it.each([
    ['a wrong password', 'ops', 'sudo', 'wrong', 'MW-SSH-BECOME-PASSWORD', 'refused the password'],
    ['no password where one is wanted', 'ops', 'sudo', undefined, 'MW-SSH-BECOME-PASSWORD', 'none is given'],
    ['a user whom sudo does not know', 'nosudo', 'sudo', password, 'MW-SSH-BECOME-DENIED', 'does not let'],
    ['a sudo that wants a terminal', 'noterm', 'sudo', undefined, 'MW-SSH-BECOME-TTY', 'wants a terminal'],
    ['a doas that wants a password', 'doaspass', 'doas', password, 'MW-SSH-BECOME-PASSWORD', 'none is given'],
    ['a user whom doas does not know', 'ops', 'doas', undefined, 'MW-SSH-BECOME-DENIED', 'does not let'],
  ] as const)('tell %s apart', async (_, user, become, given, code, words) => {
    key();
    const said = await failing(to(host, { user, become }), { password: given });
    expect(said).toContain(code);
    expect(said).toContain(words);
    expect(said).not.toContain(password);
  });

  it('become root by doas that wants no password', async () => {
    key();
    const result = await run(to(host, { user: 'doas', become: 'doas' }));
    expect(result).toMatchObject({ code: 0, stdout: 'root\ninput\n' });
  });

  it('say which tool is missing', async () => {
    key();
    await host.box.sh('mv /usr/bin/doas /usr/bin/doas.away');
    try {
      expect(await failing(to(host, { user: 'doas', become: 'doas' }))).toContain('MW-SSH-BECOME-MISSING');
    } finally {
      await host.box.sh('mv /usr/bin/doas.away /usr/bin/doas');
    }
  });

  it('log in with a password, asked for or taken', async () => {
    const argv = ['id', '-un'];
    expect(await run(to(host, { user: 'ops' }), { password, argv })).toMatchObject({ stdout: 'ops\n' });
    expect(await run(to(host, { user: 'asked' }), { password, argv })).toMatchObject({ stdout: 'asked\n' });
    expect(await failing(to(host, { user: 'ops' }), { password: 'wrong' })).toContain('MW-SSH-AUTH');
  });

  it('log in with what the agent holds', async () => {
    const socket = join(home, 'agent');
    const agent: ChildProcess = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    try {
      const file = key('elsewhere');
      await expect
        .poll(() =>
          execa('ssh-add', [file], { env: { SSH_AUTH_SOCK: socket }, reject: false }).then((r) => r.exitCode),
        )
        .toBe(0);
      const found = await run(to(host, { user: 'root' }), { agent: socket });
      expect(found).toMatchObject({ stdout: 'root\ninput\n' });
    } finally {
      agent.kill();
    }
  });

  it('send nothing to a machine with another host key', async () => {
    key();
    const other = generateEd25519().publicKey;
    const said = await failing(to(host, { user: 'root', hostKey: other }), { password });
    expect(said).toContain('MW-SSH-HOSTKEY');
  });

  it('follow ~/.ssh/config: name, port, user, key, and what it includes', async () => {
    const file = key('special');
    writeFileSync(join(home, '.ssh/config'), 'Include more.d/*.conf\nHost *\n  User somebody\n');
    mkdirSync(join(home, '.ssh/more.d'));
    writeFileSync(
      join(home, '.ssh/more.d/1.conf'),
      `Host box\n  HostName 127.0.0.1\n  Port ${host.port}\n  User root\n  IdentityFile ${file}\n  IdentitiesOnly yes\n`,
    );
    const found = await run({ host: 'box', hostKey: host.hostKey, become: 'none' });
    expect(found).toMatchObject({ stdout: 'root\ninput\n' });
  });

  it('say which key has a certificate that cannot be used', async () => {
    const file = key();
    writeFileSync(`${file}-cert.pub`, 'ssh-ed25519-cert-v01@openssh.com AAAA\n');
    writeFileSync(file, generateEd25519().privateKey);
    const error: MillwrightError = await run(to(host, { user: 'root' })).then(
      () => Promise.reject(new Error('it did not fail')),
      (failure) => failure,
    );
    expect(error.info.code).toBe('MW-SSH-AUTH');
    expect(error.info.detail?.join('\n')).toContain('certificate');
  });

  describe('through jump hosts', () => {
    const trust = (one: ExistingHost): void =>
      appendFileSync(join(home, '.ssh/known_hosts'), `[127.0.0.1]:${one.port} ${one.hostKey}\n`);
    const jump = (user: string): string => `${user}@127.0.0.1:${host.port}`;

    it('reach a machine, its ports too, and share the way there', async () => {
      key();
      trust(host);
      const before = await logins();
      const connection = to(behind, { user: 'root', via: [jump('nopass')] });
      expect(await run(connection)).toMatchObject({ stdout: 'root\ninput\n' });
      expect(await run(connection)).toMatchObject({ stdout: 'root\ninput\n' });
      expect((await logins()) - before).toBe(1);
    });

    it('go through two of them', async () => {
      key();
      trust(host);
      trust(behind);
      const via = [jump('nopass'), `root@127.0.0.1:${behind.port}`];
      expect(await run(to(host, { user: 'root', via }))).toMatchObject({ stdout: 'root\ninput\n' });
    });

    it('trust no jump host that nobody vouches for', async () => {
      key();
      const said = await failing(to(behind, { user: 'root', via: [jump('nopass')] }));
      expect(said).toContain('MW-SSH-JUMPKEY');
    });

    it('tell a machine that does not answer from its jump host', async () => {
      key();
      trust(host);
      const said = await failing(to(behind, { user: 'root', port: 1, via: [jump('nopass')] }));
      expect(said).toContain('MW-SSH-JUMP 127.0.0.1');
      expect(said).toContain("can't reach 127.0.0.1:1");
    });

    const logins = async (): Promise<number> =>
      Number(await host.box.sh('grep -c "Accepted publickey for nopass" /root/sshd.log || true'));
  });
});
