import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, Stack } from '../../support/stack.js';
import { bootVm, rootOn, type Vm } from '../resources/vm.js';
import { sharedAnsible } from './content.js';
import { writeContract, writeFleet } from './fleet.js';

const token = 'tok-5f3a9c1e77';

/** One real machine, booted once, that exists already: nothing but the steps themselves costs time. */
describe('on a real machine, what nobody here wrote', () => {
  let vm: Vm;
  let machine: ReturnType<typeof rootOn>;
  let stack: Stack;
  let dir: string;
  beforeAll(async () => {
    vm = await bootVm({ memoryMiB: 1024 });
    machine = rootOn(vm);
    const key = join(mkdtempSync(join(tmpdir(), 'mw-key-')), 'id');
    writeFileSync(key, vm.login.privateKey, { mode: 0o600 });
    stack = await Stack.start({
      settings: `sites: {main: {provider: static, secrets: {env: [MW_TEST_TOKEN]}, connect: {sshConfig: false, agent: false, identityFiles: [${key}]}}}\n`,
      env: { MW_TEST_TOKEN: token },
    });
    symlinkSync(sharedAnsible(), join(stack.state, 'ansible'));
    dir = join(stack.dir, 'fleet');
    await writeFleet(dir, vm);
  });
  afterAll(async () => {
    await machine?.close();
    await stack?.stop();
    await vm?.close();
  });

  const run = (...args: string[]): Promise<CliResult> => stack.cli(args, { cwd: dir });
  const told = ({ stdout, stderr }: CliResult): string => `${stdout}\n${stderr}\n${stack.logs()}`;
  const minutes = 60_000;

  test(
    'a role of DebOps and a module of Puppet Labs are applied between our own steps',
    async () => {
      const up = await run('up', '--yes');
      expect(up.code, told(up)).toBe(0);
      expect(
        await machine.sh('cat /etc/greeting /etc/token /var/ledger /etc/after; stat -c %U:%a /srv/www'),
      ).toBe(`hello world\ntoken=${token}\nran\nafterroot:755\n`);
      const { stdout: log } = await run('logs', 'one');
      expect(log).toMatch(/changed +ansible:base of the machine +.*A token \(ansible\/site\.yml:8\)/);
      expect(log).toMatch(
        /task +ansible:base of the machine +changed fhs : Create base directory hierarchy \(ansible\/roles\/fhs\/tasks\/main\.yml:\d+\)/,
      );
      expect(log).toMatch(
        /task +puppet:greeting +changed File\[\/etc\/greeting\].* \(puppet\/modules\/concat\/manifests\/init\.pp:\d+\)/,
      );
      expect(log).not.toContain(token);
    },
    30 * minutes,
  );

  test(
    'applied again, nothing changes',
    async () => {
      const up = await run('up', '--yes');
      expect(up.code, told(up)).toBe(0);
      expect(up.stdout).toMatch(/nothing to do/);
    },
    30 * minutes,
  );

  test(
    'broken by hand, it is named by a check, down to the task, and nothing is changed by it',
    async () => {
      await machine.sh('rm -r /srv/www /etc/token; echo bye > /etc/greeting');
      const check = await run('check', 'one');
      expect(check.code, told(check)).toBe(4);
      expect(check.stdout).toContain('fhs : Create base directory hierarchy');
      expect(check.stdout).toContain('File[/etc/greeting]');
      expect(told(check)).not.toContain(token);
      expect(await machine.sh('cat /etc/greeting; ls -d /srv/www /etc/token 2>/dev/null || true')).toBe(
        'bye\n',
      );
    },
    30 * minutes,
  );

  test(
    'a failure names the resource of the manifest, and file and line',
    async () => {
      writeContract(dir, vm, 'broken');
      const up = await run('up', '--yes');
      expect(up.code, told(up)).not.toBe(0);
      expect(up.stdout + up.stderr).toContain('MW-CHANGE-PUPPET');
      expect(up.stdout + up.stderr).toMatch(/Exec\[\/bin\/cat \/nowhere\/at\/all\] at puppet\/site\.pp:6/);
    },
    30 * minutes,
  );

  test(
    'a reboot in the middle of a run is proved by a new boot id, and the run goes on by itself',
    async () => {
      writeContract(dir, vm, 'reboot');
      await machine.sh('rm -f /etc/after; touch /run/reboot-required');
      const boot = (await machine.sh('cat /proc/sys/kernel/random/boot_id')).trim();
      const up = await run('up', '--yes');
      expect(up.code, told(up)).toBe(0);
      const { stdout: log } = await run('logs', 'one');
      const [, before, now] =
        log.match(/reboot:for the kernel +.*rebooted: boot id was (\S+), is (\S+)/) ?? [];
      expect(before, log).toBe(boot);
      expect(await machine.sh('cat /etc/before /etc/after /proc/sys/kernel/random/boot_id')).toBe(
        `beforeafter${now}\n`,
      );
    },
    30 * minutes,
  );
});
