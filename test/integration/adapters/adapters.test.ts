import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, Stack } from '../../support/stack.js';
import { sharedAnsible } from './content.js';
import { writeFleet, writeManifest } from './fleet.js';

const token = 'tok-5f3a9c1e77';
const settings = 'sites:\n  main:\n    secrets: {env: [MW_TEST_TOKEN]}\n';

describe('playbooks and manifests that nobody here wrote', () => {
  let stack: Stack;
  let dir: string;
  beforeAll(async () => {
    stack = await Stack.start({ settings, env: { MW_TEST_TOKEN: token } });
    symlinkSync(sharedAnsible(), join(stack.state, 'ansible'));
    dir = join(stack.dir, 'fleet');
    await writeFleet(dir);
  });
  afterAll(() => stack?.stop());

  const run = (...args: string[]): Promise<CliResult> => stack.cli(args, { cwd: dir });
  const on = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await run('exec', 'node-1', '--', 'sh', '-ec', script);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  const told = ({ stdout, stderr }: CliResult): string => `${stdout}\n${stderr}\n${stack.logs()}`;

  test('a role of DebOps and a module of Puppet Labs are applied between our own steps', async () => {
    const up = await run('up', '--yes');
    expect(up.code, told(up)).toBe(0);
    expect(await on('cat /etc/greeting /etc/token /var/ledger /etc/after; ls -d /srv/www')).toBe(
      `hello world\ntoken=${token}\nran\nafter/srv/www\n`,
    );
    const { stdout: log } = await run('logs', 'node-1');
    expect(log).toMatch(/changed +ansible:base of the machine +.*A token \(ansible\/site\.yml:5\)/);
    expect(log).toMatch(
      /task +ansible:base of the machine +changed fhs : Create base directory hierarchy \(ansible\/roles\/fhs\/tasks\/main\.yml:\d+\)/,
    );
    expect(log).toMatch(
      /task +puppet:greeting +changed .*Concat_file\[\/etc\/greeting\].* \(puppet\/modules\/concat\/manifests\/init\.pp:\d+\)/,
    );
    expect(log).not.toContain(token);
  }, 1_500_000);

  test('applied again, nothing changes', async () => {
    const up = await run('up', '--yes');
    expect(up.code, told(up)).toBe(0);
    expect(up.stdout).toMatch(/nothing to do/);
  });

  test('what was broken by hand is named by a check, down to the task, and nothing is changed by it', async () => {
    await on('rm -r /srv/www /etc/token; echo bye > /etc/greeting');
    const check = await run('check', 'node-1');
    expect(check.code, told(check)).not.toBe(0);
    expect(check.stdout).toContain('fhs : Create base directory hierarchy');
    expect(check.stdout).toContain('Concat_file[/etc/greeting]');
    expect(told(check)).not.toContain(token);
    expect(await on('cat /etc/greeting; ls /srv')).toBe('bye\n');
  });

  test('a failure of a manifest names the resource, and file and line', async () => {
    writeManifest(dir, { broken: true });
    const manifest = await run('up', '--yes');
    expect(manifest.code, told(manifest)).not.toBe(0);
    expect(manifest.stdout + manifest.stderr).toContain('MW-CHANGE-PUPPET');
    expect(manifest.stdout + manifest.stderr).toMatch(
      /Exec\[\/bin\/cat \/nowhere\/at\/all\] at puppet\/site\.pp:6/,
    );
  });
});
