import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../../src/cli/registry.js';
import { Desk } from './support.js';

let desk: Desk;
beforeAll(async () => {
  desk = await Desk.open();
});
afterAll(() => desk.close());

const noStack = (text: string): void => expect(text).not.toMatch(/\n\s+at .+:\d+/);

describe('usage', () => {
  it.each([
    [['upp'], "error: unknown command 'upp'\n(Did you mean up?)"],
    [['up', '--plam', 'x'], "error: unknown option '--plam'\n(Did you mean --plan?)"],
    [['render'], "error: missing required argument 'target'"],
    [['status', '-o', 'yaml'], 'MW-USAGE  -o yaml is no output format.\nWrite text, json or jsonl.'],
    [['up', '--timeout', '5'], 'MW-USAGE  --timeout 5 is no duration.'],
    [['worker'], 'MW-USAGE  A worker needs work.\nSay --control, --site NAME, or both.'],
    [['completion', 'tcsh'], 'MW-USAGE  There is no completion for tcsh.'],
    [['dev', 'stpo'], 'MW-USAGE  millwright dev stpo means nothing.'],
    [['-C', '/nowhere', 'validate'], '-C /nowhere: there is no such directory.'],
    [['validate'], 'MW-FLEET-MISSING  There is no fleet.yaml in '],
    [[], 'Usage: millwright [options] [command]'],
  ])('%j ends with 2 and says why, on standard error', async (args, message) => {
    const { code, stdout, stderr } = await desk.run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    noStack(stderr);
  });

  it('understands global flags before and after the command', async () => {
    const before = await desk.run(['-o', 'json', 'version']);
    const after = await desk.run(['version', '-o', 'json']);
    expect(before).toEqual(after);
    expect(JSON.parse(before.stdout)).toMatchObject({ schema: 'millwright/version/v1' });
  });

  it('maps exit codes for CI', async () => {
    expect((await desk.run(['version', '--exit-map', '0=17'])).code).toBe(17);
    expect((await desk.run(['validate', '--exit-map=2=0'])).code).toBe(0);
  });

  it.each(registry.map((one) => one.name))('%s --help shows at least two examples', async (name) => {
    const { code, stdout } = await desk.run([name, '--help']);
    expect(code).toBe(0);
    const shown = stdout.slice(stdout.indexOf('Examples:')).match(/^ {2}\$ .+$/gm) ?? [];
    expect(shown.length).toBeGreaterThanOrEqual(2);
  });

  it.each([
    ['apply', 'up'],
    ['down', 'destroy'],
    ['ps', 'status'],
  ])('%s is %s', async (alias, name) => {
    expect((await desk.run([alias, '--help'])).stdout).toContain(`Usage: millwright ${name}|${alias}`);
  });

  it('gives bash a completion script that completes verbs and flags', async () => {
    const { stdout } = await desk.run(['completion', 'bash']);
    const complete = (...words: string[]): string[] =>
      execFileSync('bash', [
        '-c',
        `${stdout}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _millwright; printf '%s\\n' "\${COMPREPLY[@]}"`,
        'bash',
        ...words,
      ])
        .toString()
        .trim()
        .split('\n');
    expect(complete('millwright', 'st')).toEqual(['stop', 'status']);
    expect(complete('millwright', 'up', '--pl')).toEqual(['--plan']);
    expect(complete('millwright', '-v', 'plan', '--exit-c')).toEqual(['--exit-code']);
  });
});

describe('without a Temporal server', () => {
  const fleet = (): string => join(desk.dir, 'lab');
  beforeAll(async () => {
    mkdirSync(fleet());
    expect((await desk.run(['init', '--template', 'micro', '--name', 'lab'], { cwd: fleet() })).code).toBe(0);
  });

  it('init refuses a directory that has a fleet', async () => {
    const { code, stderr } = await desk.run(['init'], { cwd: fleet() });
    expect(code).toBe(2);
    expect(stderr).toContain('fleet.yaml');
  });

  it('validate finds the new fleet sound', async () => {
    const { code, stdout } = await desk.run(['validate'], { cwd: fleet() });
    expect([code, stdout]).toEqual([
      0,
      'lab/dev is sound: 1 machine in 1 group. Nothing was looked at, nothing changed.\n',
    ]);
  });

  it.each([
    [['up']],
    [['destroy', '--yes']],
    [['stop']],
    [['exec', 'micro-1', '--', 'true']],
    [['worker', '--control']],
  ])('%j ends with 7 and says how to start one', async (args) => {
    const { code, stdout, stderr } = await desk.run(args, { cwd: fleet() });
    expect([code, stdout]).toEqual([7, '']);
    expect(stderr).toBe(
      `MW-ENGINE-UNREACHABLE  No Temporal server answers at 127.0.0.1:${desk.port}.\nStart one with \`millwright dev\`, or name another by TEMPORAL_ADDRESS or --profile.\n`,
    );
  });

  it('plan says that the record is not set up, then plans once it is', async () => {
    const before = await desk.run(['plan'], { cwd: fleet() });
    expect([before.code, before.stdout]).toEqual([7, '']);
    expect(before.stderr).toContain('MW-RECORD-SCHEMA');
    expect((await desk.run(['doctor', '--migrate'], { cwd: fleet() })).code).toBe(0);
    const after = await desk.run(['plan', '-o', 'json', '--exit-code'], { cwd: fleet() });
    expect(after.code).toBe(4);
    expect(JSON.parse(after.stdout)).toMatchObject({
      schema: 'millwright/plan/v1',
      fleet: 'lab',
      environment: 'dev',
      machines: [{ machine: 'micro-1', action: 'create' }],
      summary: { create: 1, unchanged: 0 },
    });
  });

  it('an error is a document too, where JSON was asked for', async () => {
    const { code, stdout } = await desk.run(['up', '-o', 'json'], { cwd: fleet() });
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'millwright/error/v1',
      code: 'MW-ENGINE-UNREACHABLE',
      exit: 7,
    });
    expect(code).toBe(7);
  });

  it('every mistake in the files is told at once, as text and as JSON', async () => {
    const broken = join(desk.dir, 'broken');
    mkdirSync(broken);
    writeFileSync(
      join(broken, 'fleet.yaml'),
      'version: 1\nfleet: lab\nuid: 01JZB2V5Q8K4T7W9X3C6D1E0FA\ngroups:\n  web: {cuont: 1}\nenvironments: {dev: {default: true}}\n',
    );
    const text = await desk.run(['validate'], { cwd: broken });
    expect([text.code, text.stdout]).toEqual([2, '']);
    expect(text.stderr).toMatch(/^fleet\.yaml:5:9 {2}groups\.web\.cuont\n/m);
    noStack(text.stderr);
    const json = await desk.run(['validate', '-o', 'json'], { cwd: broken });
    const document = JSON.parse(json.stdout) as { ok: boolean; problems: { path: string; line: number }[] };
    expect(document.ok).toBe(false);
    expect(document.problems).toContainEqual(expect.objectContaining({ path: 'groups.web.cuont', line: 5 }));
  });

  it('status shows what the record knows and says that nobody else was asked', async () => {
    const { code, stdout } = await desk.run(['status'], { cwd: fleet() });
    expect(code).toBe(0);
    expect(stdout).toContain('No machines are known here.');
    expect(stdout).toContain(`No Temporal server answers at 127.0.0.1:${desk.port}.`);
  });

  it('history of a machine that nobody knows is refused by name', async () => {
    const { code, stderr } = await desk.run(['history', 'web-1'], { cwd: fleet() });
    expect(code).toBe(2);
    expect(stderr).toContain('MW-TARGET-UNKNOWN  web-1 names no machine.');
  });
});

describe('doctor', () => {
  it('asks nobody where nobody can answer, and names the flag', async () => {
    const bare = await Desk.open();
    const { code, stderr } = await bare.run(['doctor', '--fix']);
    bare.close();
    expect(code).toBe(2);
    expect(stderr).toContain('To be done on this machine:\n  make ');
    expect(stderr).toContain('Say --yes to answer beforehand.');
  });

  it('says what it found, one line per component', async () => {
    const { stdout } = await desk.run(['doctor', '-o', 'json']);
    const document = JSON.parse(stdout) as { schema: string; checks: { name: string; state: string }[] };
    expect(document.schema).toBe('millwright/doctor/v1');
    expect(document.checks.map((one) => one.name)).toEqual([
      'state directory',
      'free disk',
      'pip',
      'QEMU',
      'qemu-img',
      'image tools',
      'OpenSSH client',
      'Temporal CLI',
      'accelerator',
      'Ansible',
      'record',
      'store',
      'policy',
      'Temporal server',
      'search attributes',
      'workers',
      'VMs here',
    ]);
    expect(document.checks.find((one) => one.name === 'Temporal server')?.state).toBe('warning');
  });
});
