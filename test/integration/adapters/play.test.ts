import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAnsible, environmentDir } from '../../../src/adapters/ansible/index.js';
import type { PlaybookOrder } from '../../../src/adapters/port.js';
import { generateEd25519 } from '../../../src/ssh/index.js';
import { type Host, startHost, stopHosts } from '../ssh/hosts.js';
import { playing, sharedAnsible } from './content.js';

const text = (path: string, content: string) => ({ path, bytes: Buffer.from(content), executable: false });

describe('a playbook over a real sshd', () => {
  const ansible = createAnsible({ stateDir: join(sharedAnsible(), '..'), env: process.env });
  let host: Host;
  let dir: string;
  beforeAll(async () => {
    host = await startHost('sshd');
    dir = mkdtempSync(join(tmpdir(), 'mw-play-'));
  });
  afterAll(async () => {
    await stopHosts();
    rmSync(dir, { recursive: true, force: true });
  });

  const order = (playbook: string, more: Partial<PlaybookOrder> = {}): PlaybookOrder => ({
    ...{ machine: 'web-1', group: 'web', ssh: host.target, playbook: 'plays/site.yml', roles: 'roles' },
    files: [
      text('plays/site.yml', playbook),
      text(
        'roles/page/tasks/main.yml',
        '- template: {src: page.j2, dest: "{{ to }}", mode: "0600"}\n  name: A page\n',
      ),
      text('roles/page/templates/page.j2', 'token={{ token }}\n'),
    ],
    vars: { to: join(dir, 'page'), token: 'hush-1234', ansible_python_interpreter: '/usr/bin/python3' },
    ...{ secrets: ['hush-1234'], check: false, timeoutMs: 300_000, remoteTemp: join(dir, 'remote') },
    ...{ signal: new AbortController().signal, onTask: () => undefined },
    ...more,
  });
  const page = '- hosts: web\n  gather_facts: false\n  roles: [page]\n';

  test('is looked at, run, and run again; the secret that it writes is shown nowhere', async () => {
    const would = await ansible.play(order(page, { check: true }));
    expect(would).toMatchObject({
      state: 'changed',
      reason: '1 of 1 task would change something: page : A page (roles/page/tasks/main.yml:1)',
    });
    expect(would.output).toContain('+token=***');
    expect(existsSync(join(dir, 'page'))).toBe(false);
    const begun: string[] = [];
    const done = await ansible.play(order(page, { onTask: (name) => begun.push(name) }));
    expect(done, JSON.stringify(done)).toMatchObject({ state: 'changed' });
    expect(begun).toEqual(['page : A page']);
    expect(readFileSync(join(dir, 'page'), 'utf8')).toBe('token=hush-1234\n');
    expect(await ansible.play(order(page))).toMatchObject({
      state: 'ok',
      reason: '1 task, none changed anything',
    });
  });

  test('runs on no machine that proves another host key', async () => {
    const ssh = { ...host.target, hostKey: generateEd25519().publicKey };
    const outcome = await ansible.play(order(page, { ssh }));
    expect(outcome).toMatchObject({ state: 'failed', code: 'MW-ANSIBLE-UNREACHABLE' });
    expect(outcome.reason).toContain('Host key verification failed');
  });

  test('that names a role which is not there fails in the words of Ansible', async () => {
    const outcome = await ansible.play(order('- hosts: all\n  roles: [nowhere]\n'));
    expect(outcome).toMatchObject({ state: 'failed', code: 'MW-CHANGE-PLAYBOOK' });
    expect(outcome.reason).toMatch(/role 'nowhere' was not found/);
  });

  test('finds the roles that its requirements name, which are fetched once', async () => {
    const origin = join(dir, 'origin');
    mkdirSync(join(origin, 'tasks'), { recursive: true });
    mkdirSync(join(origin, 'meta'));
    writeFileSync(join(origin, 'meta/main.yml'), 'galaxy_info: {author: a, description: d, license: MIT}\n');
    writeFileSync(join(origin, 'tasks/main.yml'), '- copy: {content: "fetched", dest: "{{ to }}"}\n');
    const git = ['-c', 'user.name=a', '-c', 'user.email=a@b'];
    for (const words of [
      ['init', '-q', '-b', 'main'],
      ['add', '.'],
      [...git, 'commit', '-q', '-m', 'a'],
    ])
      execFileSync('git', words, { cwd: origin });
    const requirements = Buffer.from(
      `roles: [{name: fetched, src: "git+file://${origin}", version: main}]\n`,
    );
    const stateDir = join(dir, 'state');
    mkdirSync(join(stateDir, 'ansible'), { recursive: true });
    symlinkSync(await environmentDir(join(sharedAnsible(), '..')), await environmentDir(stateDir));
    const own = createAnsible({ stateDir, env: process.env });
    const play = () =>
      own.play(order('- hosts: all\n  gather_facts: false\n  roles: [fetched]\n', { requirements }));
    expect(await play()).toMatchObject({
      state: 'changed',
      reason: expect.stringContaining('fetched : copy'),
    });
    expect(readFileSync(join(dir, 'page'), 'utf8')).toBe('fetched');
    rmSync(origin, { recursive: true });
    expect(await play()).toMatchObject({ state: 'ok' });
  });

  test('that is given up ends with all that it started, and leaves no key behind', async () => {
    const over = new AbortController();
    const nap = '- hosts: all\n  gather_facts: false\n  tasks:\n    - command: sleep 987\n';
    const gone = ansible.play(
      order(nap, { signal: over.signal, onTask: () => setTimeout(() => over.abort(), 4_000) }),
    );
    await expect(gone).rejects.toThrow();
    expect(playing(process.pid)).toEqual([]);
    expect(readdirSync('/dev/shm').filter((name) => name.startsWith(`mw-ansible-${process.pid}-`))).toEqual(
      [],
    );
  });
});
