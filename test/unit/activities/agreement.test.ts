import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, expect, it } from 'vitest';
import { agreeing } from '../../../src/activities/agreement.js';
import { isTimed, timed } from '../../../src/activities/calendar.js';
import type { ControlDeps } from '../../../src/activities/index.js';
import type { Agreement, VoteEntry, VoteVerdict } from '../../../src/activities/types.js';
import { type Change, type Gate, preimage, type Vote, type WindowState } from '../../../src/model/index.js';
import { readPolicy } from '../../../src/policy/index.js';
import { MemoryStore } from '../../support/sim.js';
import { SimRecord } from '../../support/sim-record.js';
import { change as base, Keys, now, vote as signed } from '../policy/keys.js';

const keys = new Keys();
const dir = mkdtempSync(join(tmpdir(), 'mw-agreement-'));
afterAll(() => {
  keys.dispose();
  rmSync(dir, { recursive: true });
});
const people = `version: 1
approvers:
  platform: {keys: ["${keys.make('platform')}"], emails: [platform@shop.example]}
  oncall: {keys: ["${keys.make('oncall')}"]}
`;
const file = join(dir, 'policy.yaml');
const write = (text: string): void => writeFileSync(file, text);

const store = new MemoryStore();
const record = new SimRecord();
const env = new MockActivityEnvironment();
const gate: Gate = {
  ...{ id: 'rollout', approvals: 1, from: [], onTimeout: 'stop', unsigned: true, external: false },
};
const control = (policy: ControlDeps['policy'] = () => readPolicy(file)) => {
  const { agreement, judgeVote, putVote } = agreeing({
    store,
    record: record.port(),
    policy,
    now: () => now,
  } as Partial<ControlDeps> as ControlDeps);
  return {
    agreement: (change: string) => env.run(agreement, { change }) as Promise<Agreement>,
    judge: (change: string, vote: Vote) => env.run(judgeVote, { change, gate, vote }) as Promise<VoteVerdict>,
    putVote: (entry: VoteEntry) => env.run(putVote, entry),
  };
};
const stored = async (more: Partial<Change> = {}) => {
  const { fleet, fleetUid, environment } = base;
  const plan = await store.put(
    preimage('millwright.plan.v1', { fleet, fleetUid, environment, groups: [], removed: [], gates: [gate] }),
  );
  const document = await store.put(preimage('millwright.change.v1', { ...base, plan, ...more }));
  return { document, vote: (signer: string) => signed(keys, signer, { planDigest: plan }) };
};

it('names the gates of plan and policy, who may vote, who may not, and the policy by its digest', async () => {
  write(`${people}gates: [{before: rollout, approvals: 2}]\nunsigned: forbid\n`);
  const author = { name: 'Somebody', email: 'platform@shop.example', verified: true };
  const { document } = await stored({ author, startedBy: 'oncall' });
  expect(await control().agreement(document)).toEqual({
    gates: [{ ...gate, approvals: 2, unsigned: false }],
    policy: (await readPolicy(file)).digest,
    barred: ['platform', 'oncall'],
    principals: ['platform', 'oncall'],
    authorUnverified: false,
  });
  expect((await control().agreement((await stored()).document)).authorUnverified).toBe(true);
});

it('without a policy the gates hold, nobody is known, and a vote says how to mend it', async () => {
  const { document, vote } = await stored();
  const without = control(async () => undefined);
  expect(await without.agreement(document)).toEqual({
    ...{ gates: [gate], barred: [], principals: [], authorUnverified: true },
  });
  expect(await without.judge(document, vote('platform'))).toMatchObject({
    ...{ counts: false, code: 'MW-VOTE-POLICY', why: expect.stringContaining('name one as `policy`') },
  });
});

it('reads the policy anew for each vote: an approver who was taken out counts no more', async () => {
  write(people);
  const { document, vote } = await stored();
  const given = vote('platform');
  expect(await control().judge(document, given)).toMatchObject({ counts: true });
  write(people.replace(/ {2}platform.*\n/, ''));
  expect(await control().judge(document, given)).toMatchObject({ counts: false, code: 'MW-VOTE-PRINCIPAL' });
});

it.each([
  ['is broken', 'version: 1\napprovers: {x: {}}\n', 'The policy in '],
  [
    'contradicts the plan',
    `${people}gates: [{before: rollout, from: [oncall]}, {before: rollout, from: [platform]}]`,
    'Nobody may answer',
  ],
])('refuses a vote by name while the policy %s', async (_, text, why) => {
  const { document, vote } = await stored();
  write(text);
  expect(await control().judge(document, vote('platform'))).toMatchObject({
    ...{ counts: false, code: 'MW-VOTE-POLICY', why: expect.stringContaining(why) },
  });
  await expect(control().agreement(document)).rejects.toMatchObject({ nonRetryable: true });
});

it('refuses a vote by name while the policy is not there', async () => {
  const { document, vote } = await stored();
  const gone = control(() => readPolicy(join(dir, 'gone.yaml')));
  expect(await gone.judge(document, vote('platform'))).toMatchObject({ code: 'MW-VOTE-POLICY' });
});

it('keeps what was signed and the signature, so that anybody can verify it later', async () => {
  write(people);
  const { document, vote } = await stored();
  const given = vote('platform');
  const verdict = await control().judge(document, given);
  const kept = verdict.counts ? Buffer.from(await store.get(verdict.evidence)).toString() : '';
  const [domain, json = ''] = kept.split('\n');
  expect(domain).toBe('millwright.vote.v1');
  const { principal, sshsig, text } = JSON.parse(json);
  expect([principal, sshsig, JSON.parse(text).plan]).toEqual(['platform', given.sshsig, given.planDigest]);
});

it('a freeze of the policy holds where it says, and an unreadable policy lets nothing begin', async () => {
  const { fleet, fleetUid, environment } = base;
  const plan = { version: 1, fleet, fleetUid, environment, groups: [], removed: [], gates: [] } as const;
  const digest = await store.put(preimage('millwright.plan.v1', plan));
  const at = (text: string) => {
    write(text);
    const deps = { store, policy: () => readPolicy(file) } as Partial<ControlDeps> as ControlDeps;
    const asked = timed(deps).window;
    const state = env.run(asked, { plan: digest, at: '2026-12-24T12:00:00Z' }) as Promise<WindowState>;
    return Promise.all([isTimed(deps, plan), state]);
  };
  const freeze = (where: string) =>
    `${people}freezes: [{${where}, from: 2026-12-18, to: 2027-01-06, zone: Europe/Berlin, because: holidays}]`;
  expect(await at(people)).toMatchObject([false, { open: true }]);
  expect(await at(freeze('environment: dev'))).toMatchObject([false, { open: true }]);
  expect(await at(freeze('environment: prod'))).toMatchObject([
    true,
    { open: false, why: expect.stringContaining('holidays'), until: '2027-01-06T23:00:00Z' },
  ]);
  expect(await at('version: 2')).toMatchObject([
    true,
    { open: false, why: expect.stringContaining('policy') },
  ]);
});

it('writes a vote into the record once', async () => {
  const entry: VoteEntry = {
    ...{ changeId: base.id, id: '1', gate: 'rollout', decision: 'approve', by: 'platform', how: 'signed' },
    at: now.toISOString(),
  };
  await control().putVote(entry);
  await control().putVote(entry);
  expect(record.voted).toEqual([entry]);
});
