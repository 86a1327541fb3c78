import { afterAll, beforeAll, expect, it } from 'vitest';
import { canonicalJson, type Gate, type Vote, voteText } from '../../../src/model/index.js';
import { type Ballot, judge, parsePolicy } from '../../../src/policy/index.js';
import { change, expires, Keys, now, vote } from './keys.js';

const keys = new Keys();
afterAll(() => keys.dispose());

const gate: Gate = {
  id: 'rollout',
  approvals: 1,
  from: [],
  onTimeout: 'stop',
  unsigned: false,
  external: false,
};
let text: string;
beforeAll(() => {
  const line = (name: string, type?: string) => `${name}: {keys: ["${keys.make(name, type)}"]`;
  text = `
version: 1
approvers:
  ${line('platform')}, emails: [Platform@shop.example], users: [plat]}
  ${line('oncall', 'rsa')}}
  ${line('security', 'ecdsa')}}
breakGlass: [security]
override: [oncall]
`;
  keys.make('stranger');
});

const policy = (more = '') => parsePolicy(text + more, 'policy.yaml');
const ballot = (given: Vote, more: Partial<Ballot> = {}): Ballot => ({
  ...{ change, gate, vote: given, policy: policy(), now },
  plan: { ...change, groups: [], gates: [gate] },
  ...more,
});
const judged = (given: Vote, more: Partial<Ballot> = {}) =>
  judge(ballot(given, more), 'digest of the policy');
const refused = async (given: Vote, more: Partial<Ballot> = {}): Promise<string> => {
  const verdict = await judged(given, more);
  return verdict.counts ? 'it counted' : `${verdict.code} ${verdict.why}`;
};

it.each(['platform', 'oncall', 'security'])('counts what %s signed, and names the key', async (name) => {
  expect(await judged(vote(keys, name))).toEqual({
    counts: true,
    policy: 'digest of the policy',
    key: policy().approvers[name]?.keys[0]?.fingerprint,
    gate,
    principals: ['platform', 'oncall', 'security'],
  });
});

it('counts a rejection, and a reason that was signed', async () => {
  const given = vote(keys, 'platform', { decision: 'reject', reason: 'the disk of db-1 is full' });
  expect(await judged(given)).toMatchObject({ counts: true });
  expect(await refused({ ...given, reason: 'all is well' })).toMatch(/^MW-VOTE-SIGNATURE /);
});

it('refuses the key of somebody else, of nobody, and one that was taken out of the policy', async () => {
  const by = (signer: string) => vote(keys, signer, { principal: 'platform' });
  expect(await refused(by('oncall'))).toMatch(/^MW-VOTE-KEY .*which is no key of platform/);
  expect(await refused(by('stranger'))).toMatch(/^MW-VOTE-KEY /);
  const { platform: _, ...approvers } = policy().approvers;
  const without = { ...policy(), approvers };
  expect(await refused(by('platform'), { policy: without })).toMatch(
    /^MW-VOTE-PRINCIPAL the policy knows no approver platform/,
  );
  expect(await refused(vote(keys, 'oncall', { principal: 'constructor' }))).toMatch(/^MW-VOTE-PRINCIPAL /);
});

it.each<[string, Partial<Vote>, Partial<typeof change>]>([
  ['another run', {}, { id: '01JD0000000000000000000041' }],
  ['another fleet', {}, { fleetUid: '01JD0000000000000000000RM0' }],
  ['another environment', {}, { environment: 'dev' }],
])('refuses a signature that was made for %s', async (_, more, over) => {
  expect(await refused(vote(keys, 'platform', more, over))).toMatch(
    /^MW-VOTE-SIGNATURE the signature is not over/,
  );
});

it.each<[string, Partial<Vote>, Partial<Vote>]>([
  ['another gate', { gate: 'group:db' }, { gate: 'rollout' }],
  ['another plan', { planDigest: 'b'.repeat(64) }, { planDigest: change.plan }],
  ['the other decision', { decision: 'reject' }, { decision: 'approve' }],
  ['another expiry', { expires: '2026-03-04T10:30:00Z' }, { expires }],
  ['no break-glass', { principal: 'security' }, { breakGlass: true, reason: 'it burns' }],
])('refuses a signature that was made for %s', async (_, signed, sent) => {
  const signer = signed.principal ?? 'platform';
  expect(await refused({ ...vote(keys, signer, signed), ...sent })).toMatch(/^MW-VOTE-SIGNATURE /);
});

it('refuses another plan and another gate by name before it looks at the signature', async () => {
  expect(await refused(vote(keys, 'platform', { planDigest: 'b'.repeat(64) }))).toBe(
    'MW-VOTE-PLAN this run carries out plan aaaaaaaa, not bbbbbbbb',
  );
  expect(await refused(vote(keys, 'platform', { gate: 'group:db' }))).toBe(
    'MW-VOTE-GATE it is for gate group:db, not for rollout',
  );
});

it('refuses a signature in another namespace, such as that of a commit', async () => {
  const over = canonicalJson(voteText(change, vote(keys, 'platform')));
  const sshsig = keys.sign('platform', over, 'git');
  expect(await refused(vote(keys, 'platform', { sshsig }))).toBe(
    'MW-VOTE-SIGNATURE it was signed in namespace "git", not "millwright-approval-v1"',
  );
});

it('refuses a certificate in place of a key', async () => {
  keys.certify('platform');
  const over = canonicalJson(voteText(change, vote(keys, 'platform')));
  const sshsig = keys.sign('platform-cert.pub', over);
  expect(await refused(vote(keys, 'platform', { sshsig }))).toMatch(
    /^MW-VOTE-KEY it was signed with a certificate/,
  );
});

it('refuses a vote whose time is over, or too long', async () => {
  const until = (time: string) => vote(keys, 'platform', { expires: time });
  expect(await refused(until('2026-03-04T10:00:00Z'))).toBe(
    'MW-VOTE-EXPIRED it was valid until 2026-03-04T10:00:00Z',
  );
  expect(await refused(until('2026-03-05T10:02:00Z'))).toMatch(
    /^MW-VOTE-EXPIRED .* 24 hours ahead is the limit/,
  );
  expect(await judged(until('2026-03-05T10:00:00Z'))).toMatchObject({ counts: true });
  expect(await refused(until('tomorrow'))).toMatch(/^MW-VOTE-SHAPE /);
});

it('refuses whoever the gate does not ask, as plan and policy have it now', async () => {
  const asked = { ...gate, from: ['oncall', 'security'] };
  expect(await refused(vote(keys, 'platform'), { plan: { ...change, groups: [], gates: [asked] } })).toBe(
    'MW-VOTE-PRINCIPAL gate rollout asks oncall, security, not platform',
  );
  const stricter = policy('gates: [{before: rollout, from: [security]}]');
  expect(await refused(vote(keys, 'oncall'), { policy: stricter })).toMatch(/^MW-VOTE-PRINCIPAL /);
});

it('refuses the approval, and not the rejection, of whoever started or wrote it', async () => {
  const author = { name: 'P. L. Atform', email: 'platform@SHOP.example', verified: true };
  for (const own of [{ startedBy: 'plat' }, { startedBy: 'platform' }, { author }]) {
    const mine = { change: { ...change, ...own } };
    expect(await refused(vote(keys, 'platform'), mine)).toBe(
      'MW-VOTE-BARRED platform wrote or started what is to be agreed to',
    );
    expect(await judged(vote(keys, 'platform', { decision: 'reject' }), mine)).toMatchObject({
      counts: true,
    });
    expect(await judged(vote(keys, 'oncall'), mine)).toMatchObject({ counts: true });
  }
});

it('lets the glass be broken by those who may, who say why, also over their own change', async () => {
  const burning = { breakGlass: true, reason: 'checkout is down' };
  const own = { change: { ...change, startedBy: 'security' } };
  expect(await judged(vote(keys, 'security', burning), own)).toMatchObject({ counts: true });
  expect(await refused(vote(keys, 'security', { breakGlass: true }), own)).toMatch(
    /^MW-VOTE-BREAK-GLASS .*says why/,
  );
  expect(await refused(vote(keys, 'platform', burning))).toMatch(
    /^MW-VOTE-BREAK-GLASS the policy doesn't let platform/,
  );
});

it('lets a window be overridden by those who may, who say why', async () => {
  const window = { ...gate, id: 'window' };
  const late = { gate: 'window', decision: 'override' as const, reason: 'a fix for the fire' };
  const inWindow = { gate: window, plan: { ...change, groups: [], gates: [] } };
  expect(await judged(vote(keys, 'oncall', late), inWindow)).toMatchObject({ counts: true });
  expect(await refused(vote(keys, 'oncall', { ...late, reason: ' ' }), inWindow)).toMatch(
    /^MW-VOTE-OVERRIDE /,
  );
  expect(await refused(vote(keys, 'platform', late), inWindow)).toMatch(
    /^MW-VOTE-OVERRIDE the policy doesn't let/,
  );
  expect(await refused(vote(keys, 'oncall', { ...late, decision: 'approve' }), inWindow)).toMatch(
    /^MW-VOTE-DECISION /,
  );
  expect(await refused(vote(keys, 'oncall', { ...late, gate: 'rollout' }))).toMatch(/^MW-VOTE-DECISION /);
});

it('refuses what is too large or no signature at all, without asking ssh-keygen', async () => {
  const given = vote(keys, 'platform');
  const armoured = (body: string) => `-----BEGIN SSH SIGNATURE-----\n${body}\n-----END SSH SIGNATURE-----\n`;
  const sent = (more: object) => refused({ ...given, ...more } as Vote);
  expect(await sent({ sshsig: armoured('A'.repeat(8192)) })).toMatch(
    /^MW-VOTE-SIZE sshsig has \d+ bytes; 8192/,
  );
  expect(await sent({ reason: 'ü'.repeat(513) })).toBe(
    'MW-VOTE-SIZE reason has 1026 bytes; 1024 are the limit',
  );
  for (const sshsig of ['yes', armoured('AAAA'), armoured('U1NIU0lHAAAAAQAA//8=')])
    expect(await sent({ sshsig })).toBe('MW-VOTE-SHAPE sshsig is no armoured SSH signature');
  expect(await sent({ sshsig: `${given.sshsig}-----BEGIN` })).toMatch(/^MW-VOTE-SHAPE /);
  for (const more of [{ sshsig: 7 }, { principal: '' }, { expires: undefined }, { breakGlass: 'yes' }])
    expect(await sent(more)).toMatch(/^MW-VOTE-SHAPE /);
  expect(await sent({ decision: 'maybe' })).toMatch(/^MW-VOTE-DECISION /);
});

it('refuses a signature of which one bit was changed', async () => {
  const given = vote(keys, 'platform');
  const lines = given.sshsig.trim().split('\n');
  const last = lines.at(-2) ?? '';
  lines.splice(-2, 1, (last.startsWith('A') ? 'B' : 'A') + last.slice(1));
  expect(await refused({ ...given, sshsig: lines.join('\n') })).toMatch(/^MW-VOTE-SIGNATURE /);
});
