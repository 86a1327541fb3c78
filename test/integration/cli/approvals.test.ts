import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecord } from '../../../src/record/index.js';
import { fleetUid, writeMicroFleet } from '../../support/fleet.js';
import { type CliResult, Stack } from '../../support/stack.js';
import { Keys } from '../../unit/policy/keys.js';
import { binary } from './support.js';

/** No machine is ever made: every run waits at its gate and is rejected there. */
describe('a gate before the rollout', () => {
  const keys = new Keys();
  const dir = mkdtempSync(join(tmpdir(), 'mw-approvals-'));
  const policy = join(dir, 'policy.yaml');
  const people = () => `version: 1
approvers:
  platform: {keys: ["${keys.make('platform')}"], emails: [jane@shop.example]}
  oncall: {keys: ["${keys.make('oncall')}"]}
  security: {keys: ["${keys.make('security')}"]}
gates: [{before: rollout, approvals: 2}]
unsigned: forbid
external: allow
`;
  let stack: Stack;
  let fleet: string;
  beforeAll(async () => {
    writeFileSync(policy, people());
    keys.make('stranger');
    stack = await Stack.start({ settings: `policy: ${policy}\n` });
    const resources = '      - file: /etc/motd\n        content: x';
    fleet = writeMicroFleet(stack.dir, 'approved', {
      resources,
      count: 2,
      extra: 'gates: [{before: rollout}]\n',
    });
    const git = (...args: string[]) => execFileSync('git', ['-C', fleet, ...args]);
    git('init', '-q');
    git('add', '.');
    const jane = ['-c', 'user.name=Jane', '-c', 'user.email=jane@shop.example'];
    git(...jane, 'commit', '-q', '--no-gpg-sign', '-m', 'first');
  });
  afterAll(async () => {
    await stack?.stop();
    keys.dispose();
    rmSync(dir, { recursive: true });
  });

  const mw = (...args: string[]): Promise<CliResult> => stack.cli(args, { cwd: fleet });
  const vote = (verb: string, as: string, ...more: string[]): Promise<CliResult> =>
    mw(verb, '1', '--as', as, '--key', keys.path(as), '--yes', ...more);
  const waits = (): Promise<unknown> =>
    stack.until('the run waits at its gate', async () => (await mw('status', '1')).code === 3);

  it('keeps the run, shows what is signed, and counts whom the policy asks', async () => {
    const up = await mw('up', '--detach');
    expect(up, up.stderr).toMatchObject({ code: 0 });
    await waits();
    const counted = await vote('approve', 'oncall', '--reason', 'looks right');
    expect(counted, counted.stderr).toMatchObject({ code: 0 });
    expect(counted.stdout).toBe('Counted: oncall approved rollout. 1 more approval is missing.\n');
    expect(counted.stderr).toContain('rollout: 2 of all approvers; so far nobody');
    expect(counted.stderr).toContain('"first" by Jane <jane@shop.example>, nothing proves the author');
    expect(counted.stderr).toContain('machines  create node-1, node-2');
    expect(counted.stderr).toMatch(
      /^\{"change":"[0-9A-Z]{26}","decision":"approve","environment":"dev","expires":/m,
    );
  });

  it.each([
    ['a second vote', 'oncall', [], 'MW-VOTE-DOUBLE'],
    ['the author of the commit', 'platform', [], 'MW-VOTE-BARRED'],
    ['somebody whom the policy does not know', 'stranger', [], 'MW-VOTE-PRINCIPAL'],
    [
      'break-glass that the policy does not give',
      'security',
      ['--break-glass', 'why'],
      'MW-VOTE-BREAK-GLASS',
    ],
    ['a gate that is not open', 'security', ['group:node'], 'MW-VOTE-GATE'],
  ])('does not count %s', async (_, as, more, code) => {
    const refused = await vote('approve', as, ...more);
    expect(refused).toMatchObject({ code: 9, stdout: '' });
    expect(refused.stderr).toContain(code);
  });

  it('does not count the key of somebody else, nor a plain message', async () => {
    const other = await mw('approve', '1', '--as', 'security', '--key', keys.path('oncall'), '--yes');
    expect([other.code, other.stderr]).toEqual([9, expect.stringContaining('MW-VOTE-KEY')]);
    const plain = await mw('approve', '1', '--as', 'security', '--unsigned');
    expect([plain.code, plain.stderr]).toEqual([9, expect.stringContaining('MW-VOTE-UNSIGNED')]);
  });

  it('asks for no passphrase on a terminal where it was told to ask nothing', () => {
    keys.make('locked');
    const file = keys.path('locked');
    execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret', '-f', file]);
    const words = ['approve', '1', '--as', 'security', '--key', file, '--yes', '--no-input'];
    const command = [process.execPath, binary, ...words].join(' ');
    const args = ['-qec', `${command}; echo ended $?`, '/dev/null'];
    // On a terminal ssh-keygen asks on that, wherever its streams go, and would be waited for.
    const screen = execFileSync('script', args, { cwd: fleet, env: stack.env, timeout: 60_000 }).toString();
    expect(screen).toMatch(/MW-SIGN-FAILED[\s\S]*ended 2/);
  });

  it('counts nothing while the policy is broken, and goes on when it is mended', async () => {
    const text = readFileSync(policy, 'utf8');
    writeFileSync(policy, 'version: 1\napprovers: {security: {}}\n');
    const broken = await vote('approve', 'security');
    expect([broken.code, broken.stderr]).toEqual([9, expect.stringContaining('MW-VOTE-POLICY')]);
    const doctor = await mw('doctor');
    expect(doctor.stdout + doctor.stderr).toContain('approvers.security.keys');
    writeFileSync(policy, text);
  });

  it('forgets the vote of an approver who was taken out of the policy meanwhile', async () => {
    const text = readFileSync(policy, 'utf8');
    writeFileSync(policy, text.replace(/ {2}oncall.*\n/, ''));
    const counted = await vote('approve', 'security', '-o', 'json');
    expect(counted, counted.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(counted.stdout)).toMatchObject({
      ...{ schema: 'millwright/vote/v1', gate: 'rollout', by: 'security', how: 'signed', missing: 1 },
      text: { fleet: fleetUid('approved'), environment: 'dev', decision: 'approve' },
    });
    writeFileSync(policy, text);
  });

  it('ends the run where somebody rejects it, and all of it is in the record', async () => {
    const rejected = await vote('reject', 'platform', '--reason', 'not today');
    expect(rejected, rejected.stderr).toMatchObject({ code: 0 });
    await stack.until('the run has ended', async () => (await mw('pause', '1')).code === 9);
    const record = openRecord(`sqlite://${stack.state}/record.db`);
    const environment = { fleet: 'approved', fleetUid: fleetUid('approved'), environment: 'dev' };
    const run = await record.change(environment, '1');
    const votes = await record.votes(run?.change.id ?? '');
    await record.close();
    expect(run?.outcome).toBe('rejected');
    expect(votes.map(({ by, decision, how, reason }) => [by, decision, how, reason])).toEqual([
      ['oncall', 'approve', 'signed', 'looks right'],
      ['security', 'approve', 'signed', undefined],
      ['platform', 'reject', 'signed', 'not today'],
    ]);
    expect(
      votes.every(
        ({ policy: digest, key }) => /^[0-9a-f]{64}$/.test(digest ?? '') && key?.startsWith('SHA256:'),
      ),
    ).toBe(true);
    expect(stack.qemu()).toEqual([]);
  });

  it('is nothing to vote on any more', async () => {
    const late = await vote('approve', 'security');
    expect([late.code, late.stderr]).toEqual([9, expect.stringContaining('MW-REFUSED-APPROVE')]);
    expect((await mw('promote', '1')).code).toBe(9);
  });
});
