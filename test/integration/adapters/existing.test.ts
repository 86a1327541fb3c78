import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fleetUid } from '../../support/fleet.js';
import { type CliResult, Stack } from '../../support/stack.js';
import { type ExistingHost, openHost, password } from '../static/host.js';
import { playing, running, sharedAnsible } from './content.js';

const playbook = `- name: Base of the machine
  hosts: old
  gather_facts: false
  vars: {ansible_python_interpreter: /usr/bin/python3}
  tasks:
    - name: A token
      ansible.builtin.copy: {content: "token={{ token }}\\n", dest: /etc/token, mode: "0600"}
    - name: A nap
      ansible.builtin.command: sleep {{ nap }}
      changed_when: false
      check_mode: false
      when: nap > 0
    - name: Something that cannot work
      ansible.builtin.command: cat /nowhere/at/all
      when: broken
`;
const token = 'tok-5f3a9c1e77';

describe('a playbook in a contract, where ops becomes root by sudo and a password', () => {
  let host: ExistingHost;
  let stack: Stack;
  let dir: string;

  const write = ({ nap = 0, broken = false } = {}): void =>
    writeFileSync(
      join(dir, 'fleet.yaml'),
      `version: 1
fleet: plays
uid: ${fleetUid('plays')}
secrets:
  opsPassword: {env: OPS_PASSWORD}
  token: {env: MW_TEST_TOKEN}
sites:
  main: {provider: static, connect: {user: ops, become: sudo, password: opsPassword}}
configs:
  base:
    resources:
      - command: an entry
        run: echo ran >> /etc/ledger
        always: true
      - ansible: base of the machine
        playbook: ops/site.yml
        vars: {token: "\${{ secrets.token }}", nap: ${nap}, broken: ${broken}}
      - file: /etc/after
        content: after
groups:
  old:
    site: main
    machines:
      one: {host: 127.0.0.1, port: ${host.port}, hostKey: "${host.hostKey}"}
    config: base
    onFailure: stop
environments:
  dev:
    default: true
    rules: {cleanCommit: false}
`,
    );
  const run = (...args: string[]): Promise<CliResult> => stack.cli(args, { cwd: dir });
  const told = ({ stdout, stderr }: CliResult): string => `${stdout}\n${stderr}\n${stack.logs()}`;

  beforeAll(async () => {
    host = await openHost({ sudoers: 'ops ALL=(ALL) ALL' });
    const key = join(mkdtempSync(join(tmpdir(), 'mw-key-')), 'id');
    writeFileSync(key, host.login.privateKey, { mode: 0o600 });
    stack = await Stack.start({
      settings: `sites: {main: {provider: static, secrets: {env: [OPS_PASSWORD, MW_TEST_TOKEN]}, connect: {sshConfig: false, agent: false, identityFiles: [${key}]}}}\n`,
      env: { OPS_PASSWORD: password, MW_TEST_TOKEN: token },
    });
    symlinkSync(sharedAnsible(), join(stack.state, 'ansible'));
    dir = join(stack.dir, 'plays');
    mkdirSync(join(dir, 'ops'), { recursive: true });
    writeFileSync(join(dir, 'ops/site.yml'), playbook);
    write();
  });
  afterAll(async () => {
    await stack?.stop();
    await host?.close();
  });

  test('is applied between other steps, which are done once', async () => {
    const up = await run('up', '--yes');
    expect(up.code, told(up)).toBe(0);
    expect(await host.box.sh('cat /etc/token /etc/ledger /etc/after; stat -c %U /etc/token')).toBe(
      `token=${token}\nran\nafterroot\n`,
    );
    const { stdout: log } = await run('logs', 'one');
    expect(log).toMatch(/task +ansible:base of the machine +changed A token \(ops\/site\.yml:6\)/);
    expect(log).not.toContain(token);
  });

  test('is looked at by a check, which names the task, shows the difference without its secret, and changes nothing', async () => {
    await host.box.sh('echo oops >/etc/token');
    const check = await run('check');
    expect(check.code, told(check)).toBe(4);
    expect(check.stdout).toContain('A token (ops/site.yml:6)');
    expect(check.stdout).toContain('+token=***');
    expect(told(check)).not.toContain(token);
    expect(await host.box.sh('cat /etc/token')).toBe('oops\n');
  });

  test('leaves no process behind when the worker is killed, and the next one finishes it', async () => {
    write({ nap: 20 });
    const up = run('up', '--yes');
    const napping = running('sleep 20');
    const workers = () => stack.workers.map(({ pid }) => pid);
    await stack.until(
      'the playbook naps',
      async () =>
        (await host.box.sh(napping)) !== '0\n' &&
        (await host.box.sh('cat /etc/token')) !== 'oops\n' &&
        workers().some((pid) => playing(pid).length > 0),
      300,
    );
    const killed = workers();
    await stack.killWorkers();
    await stack.until(
      'all of it has ended',
      async () => killed.every((pid) => playing(pid).length === 0),
      60,
    );
    await stack.startWorkers();
    const done = await up;
    expect(done.code, told(done)).toBe(0);
    expect(await host.box.sh(`cat /etc/token; ls /run/millwright-ansible; ${napping}`)).toBe(
      `token=${token}\n0\n`,
    );
  });

  test('that fails names the task, its file and line, and what the module said', async () => {
    write({ broken: true });
    const up = await run('up', '--yes');
    expect(up.code, told(up)).not.toBe(0);
    expect(up.stdout + up.stderr).toContain('MW-CHANGE-PLAYBOOK');
    expect(up.stdout + up.stderr).toContain('"Something that cannot work" at ops/site.yml:13 failed');
    expect(up.stdout + up.stderr).toContain('/nowhere/at/all');
  });
});
