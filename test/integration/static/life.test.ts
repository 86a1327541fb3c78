import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fleetUid } from '../../support/fleet.js';
import { Stack } from '../../support/stack.js';
import { type ExistingHost, openHost, password } from './host.js';

/** One machine that lets root in by key, and one where ops becomes root by sudo and a password. */
describe('machines that exist already, through the whole product', () => {
  let root: ExistingHost;
  let ops: ExistingHost;
  let stack: Stack;
  let dir: string;

  const fleet = (motd: string): string => `version: 1
fleet: estate
uid: ${fleetUid('estate')}
secrets:
  opsPassword: {env: OPS_PASSWORD}
sites:
  main: {provider: static, connect: {user: root}}
vars: {greeting: hello}
configs:
  base:
    resources:
      - file: /etc/motd
        content: |
          ${motd} \${{ vars.greeting }} from \${{ machine.name }}
      - command: say hello
        run: echo hello > /etc/hello
        creates: /etc/hello
    verify:
      - tcp: ${root.port}
groups:
  old:
    site: main
    machines:
      by-root: {host: 127.0.0.1, port: ${root.port}, hostKey: "${root.hostKey}"}
      by-sudo:
        host: 127.0.0.1
        port: ${ops.port}
        hostKey: "${ops.hostKey}"
        vars: {greeting: howdy}
        connect: {user: ops, become: sudo, password: opsPassword}
    config: base
environments:
  dev:
    default: true
    rules: {cleanCommit: false}
`;
  const write = (motd: string): void => writeFileSync(join(dir, 'fleet.yaml'), fleet(motd));
  const run = (...args: string[]) => stack.cli(args, { cwd: dir });
  const deploy = new URL('../../../examples/ci/deploy.sh', import.meta.url).pathname;
  /** As where it was installed. */
  const withBinary = (): NodeJS.ProcessEnv => {
    const bin = mkdtempSync(join(tmpdir(), 'mw-bin-'));
    symlinkSync(new URL('../../../bin/millwright', import.meta.url).pathname, join(bin, 'millwright'));
    return { ...stack.env, PATH: `${bin}:${process.env.PATH}` };
  };

  beforeAll(async () => {
    root = await openHost();
    ops = await openHost({ sudoers: 'ops ALL=(ALL) ALL', login: root.login });
    const key = join(mkdtempSync(join(tmpdir(), 'mw-key-')), 'id');
    writeFileSync(key, root.login.privateKey, { mode: 0o600 });
    stack = await Stack.start({
      settings: `sites: {main: {provider: static, secrets: {env: [OPS_PASSWORD]}, connect: {sshConfig: false, agent: false, identityFiles: [${key}]}}}\n`,
      env: { OPS_PASSWORD: password },
    });
    await stack.until('both workers work', async () => stack.logs().match(/Working for/g)?.length === 2, 300);
    dir = join(stack.dir, 'estate');
    mkdirSync(dir);
    write('first');
  });
  afterAll(async () => {
    await stack?.stop();
    await root?.close();
    await ops?.close();
  });

  /** All that was ever written on the machine's disk, but for what sshd and sudo note of every login. */
  const written = async ({ box }: ExistingHost): Promise<string> => {
    const { stdout } = await execa('find', [join(dirname(box.root), 'store/upper'), '-type', 'f']);
    return stdout.replace(/^.*\/(var\/log|var\/lib\/sudo|var\/lib\/lastlog|root\/sshd\.log).*\n?/gm, '');
  };

  it('is compared before anybody has changed it, and nothing durable is left there', async () => {
    await ops.box.sh('echo hello >/etc/hello');
    const before = [await written(root), await written(ops)];
    const plan = await run('plan');
    expect(plan.stderr).toBe('');
    expect(plan.stdout).toContain('~ by-root');
    expect(plan.stdout).toMatch(
      /by-root[\s\S]*file:\/etc\/motd[\s\S]*command:say hello[\s\S]*by-sudo[\s\S]*file:\/etc\/motd/,
    );
    expect(plan.stdout.match(/command:say hello /g)).toHaveLength(1);
    const check = await run('check');
    expect(check.stdout).toContain('~ by-sudo  1 differs, 1 ok');
    expect(check.code).toBe(4);
    expect([await written(root), await written(ops)]).toEqual(before);
  });

  it('is brought to its contract, and then nothing is to do', async () => {
    const up = await execa('sh', [deploy, 'dev'], { cwd: dir, env: withBinary(), reject: false });
    expect([up.exitCode, up.stdout], up.stderr).toEqual([
      0,
      expect.stringContaining('succeeded: 2 verified'),
    ]);
    expect(readFileSync(join(dir, 'report.md'), 'utf8')).toMatch(
      /^## estate\/dev run 1: succeeded\n[\s\S]*\| verified, 2 changed, 0 ok \| 1 \| by-root \|/,
    );
    expect(readFileSync(join(dir, 'junit.xml'), 'utf8')).toMatch(
      /<testsuite name="estate\/dev old" .*tests="2" failures="0"/,
    );
    expect((await run('status')).stdout).not.toContain('not on this host');
    expect(await root.box.sh('cat /etc/motd')).toBe('first hello from by-root\n');
    expect(await ops.box.sh('cat /etc/motd')).toBe('first howdy from by-sudo\n');
    const again = await run('up', '-y');
    expect(again.stdout).toContain('nothing to do: 4 resources ok on 2 machines');
  });

  it('runs commands as root, whoever logs in', async () => {
    const said = await run('exec', 'by-sudo', '--', 'id', '-un');
    expect(said.stdout).toContain('root');
  });

  it('has its drift shown and mended', async () => {
    await ops.box.sh('echo oops >/etc/motd');
    const check = await run('check', 'by-sudo');
    expect([check.code, check.stdout]).toEqual([4, expect.stringContaining('file:/etc/motd')]);
    expect((await run('up', '-y')).code).toBe(0);
    expect(await ops.box.sh('cat /etc/motd')).toBe('first howdy from by-sudo\n');
  });

  it.each([
    ['power', 'off', 'by-root'],
    ['snapshot', 'create', 'by-root'],
    ['replace', 'by-root'],
    ['console', 'by-root'],
  ])('is not %s: it is not ours to do', async (...args) => {
    const said = await run(...args);
    expect(said.stderr).toContain('by-root exists already');
    expect(said.stderr).toContain('MW-STATIC-REFUSED');
    expect(said.code).toBe(9);
  });

  it('is given up by destroy and goes on as it is; adopt takes it back as it is', async () => {
    const gone = await run('destroy', 'by-sudo', '--yes');
    expect(gone.code).toBe(0);
    expect(await ops.box.sh('cat /etc/motd')).toBe('first howdy from by-sudo\n');
    expect((await run('status', '-o', 'json')).stdout).not.toContain('"instance":"by-sudo');
    const back = await run('adopt', 'by-sudo');
    expect(back.stdout).toContain('by-sudo is managed from now on');
    expect(back.stdout).toContain('It is what is declared.');
    expect((await run('up', '-y')).stdout).toContain('nothing to do');
  });
});
