import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../../../src/ssh/index.js';
import { type ExistingHost, openHost } from './host.js';

const binary = new URL('../../../bin/millwright.js', import.meta.url).pathname;

/** What somebody does who has machines and no fleet yet: one real sshd, a home of one's own, no terminal. */
describe('the second door', () => {
  let host: ExistingHost;
  let home: string;
  let dir: string;

  beforeAll(async () => {
    host = await openHost();
  });
  afterAll(async () => {
    await host?.close();
  });
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'mw-home-'));
    dir = join(home, 'estate');
    mkdirSync(join(home, '.ssh'));
    mkdirSync(dir);
    return () => rmSync(home, { recursive: true });
  });

  const run = (...args: string[]) =>
    execa(process.execPath, [binary, ...args], {
      ...{ cwd: dir, reject: false, input: '' },
      env: { HOME: home, MILLWRIGHT_STATE: join(home, 'state'), NO_COLOR: '1', SSH_AUTH_SOCK: '' },
    });
  const init = (...args: string[]) =>
    run('init', '--template', 'static', '--host', `root@127.0.0.1:${host.port}`, ...args);
  const know = (): void =>
    writeFileSync(join(home, '.ssh/known_hosts'), `[127.0.0.1]:${host.port} ${host.hostKey}\n`);
  const fleet = (): string => readFileSync(join(dir, 'fleet.yaml'), 'utf8');

  it('init trusts nobody by itself: without a terminal it names fingerprint and flag, and writes nothing', async () => {
    const said = await init();
    expect(said.exitCode).toBe(2);
    expect(said.stderr).toContain(`--accept-host-key ${fingerprint(host.hostKey)}`);
    expect((await execa('ls', [dir])).stdout).toBe('');
  });

  it('init writes the key that somebody compared, and -y compares nothing', async () => {
    expect((await init('-y')).exitCode).toBe(2);
    const other = 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
    const wrong = await init('--accept-host-key', other);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('MW-SSH-UNTRUSTED')]);
    expect((await init('--accept-host-key', fingerprint(host.hostKey))).exitCode).toBe(0);
    expect(fleet()).toContain(host.hostKey);
    expect(await run('validate')).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ['no', 2, false],
    ['yes', 0, true],
  ])('init shows the fingerprint to whoever sits at a terminal: %s', async (answer, code, written) => {
    const words = [process.execPath, binary, 'init', '--template', 'static', '--host'];
    const command = [...words, `root@127.0.0.1:${host.port}`].join(' ');
    const typed = await execa('script', ['-qefc', command, '/dev/null'], {
      ...{ cwd: dir, reject: false, input: `${answer}\n` },
      env: { HOME: home, MILLWRIGHT_STATE: join(home, 'state'), NO_COLOR: '1', SSH_AUTH_SOCK: '' },
    });
    expect(typed.stdout).toContain(fingerprint(host.hostKey));
    expect([typed.exitCode, existsSync(join(dir, 'fleet.yaml'))], typed.stdout).toEqual([code, written]);
    if (written) expect(fleet()).toContain(host.hostKey);
  });

  it('init takes the word of known_hosts', async () => {
    know();
    const said = await init();
    expect([said.exitCode, said.stderr]).toEqual([0, expect.stringContaining('known_hosts vouches')]);
    expect(fleet()).toContain(host.hostKey);
  });

  it('hostKey: known_hosts is read when a plan is made, hashed names too', async () => {
    know();
    await execa('ssh-keygen', ['-H', '-f', join(home, '.ssh/known_hosts')]);
    await init();
    writeFileSync(join(dir, 'fleet.yaml'), fleet().replace(/hostKey: .*/, 'hostKey: known_hosts'));
    expect(await run('validate')).toMatchObject({ exitCode: 0 });
    rmSync(join(home, '.ssh/known_hosts'));
    const unknown = await run('validate');
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('No host key of')]);
  });

  it('import makes machines of an inventory, with the keys of known_hosts, and names those that are missing', async () => {
    know();
    await init();
    writeFileSync(
      join(dir, 'hosts.ini'),
      `[web]\nknown ansible_host=127.0.0.1 ansible_port=${host.port} ansible_user=root\nstranger ansible_host=127.0.0.1 ansible_port=1 size=3\n`,
    );
    const said = await run('import', 'hosts.ini', '--site', 'office');
    expect(said).toMatchObject({ exitCode: 8 });
    expect(said.stdout).toContain('imported.yaml: 2 machines in 1 group');
    expect(said.stdout).toContain('stranger: known_hosts has none');
    expect(readFileSync(join(dir, 'imported.yaml'), 'utf8')).toContain(host.hostKey);
    const validate = await run('validate');
    expect(validate.stderr).toContain('groups.web.machines.stranger');
    const file = join(dir, 'imported.yaml');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('port: 1\n', `port: 1\n        hostKey: ${host.hostKey}\n`),
    );
    expect(await run('validate')).toMatchObject({ exitCode: 0 });
    expect((await run('import', 'hosts.ini')).stderr).toContain('imported.yaml exists already');
  });
});
