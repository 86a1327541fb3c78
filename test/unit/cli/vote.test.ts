import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Context } from '../../../src/cli/context.js';
import { authorOf } from '../../../src/cli/git.js';
import { parseLimit } from '../../../src/cli/govern.js';
import { type CastDocument, castText } from '../../../src/cli/vote/document.js';
import { wantedGate } from '../../../src/cli/vote/gate.js';
import { signingKey } from '../../../src/cli/vote/key.js';
import { shownVote } from '../../../src/cli/vote/shown.js';
import { sign } from '../../../src/cli/vote/sign.js';
import { castVote } from '../../../src/cli/vote/vote.js';
import {
  type Change,
  canonicalJson,
  type MillwrightError,
  type Plan,
  voteText,
} from '../../../src/model/index.js';
import { judge, parsePolicy } from '../../../src/policy/index.js';
import type { GateProgress } from '../../../src/workflows/types.js';
import { change as base, expires, Keys, now } from '../policy/keys.js';

const keys = new Keys();
const dir = mkdtempSync(join(tmpdir(), 'mw-vote-'));
afterAll(() => {
  keys.dispose();
  rmSync(dir, { recursive: true });
});

const gate = (id: string, more: Partial<GateProgress> = {}): GateProgress => ({
  ...{ id, approvals: 2, from: ['platform', 'oncall'], onTimeout: 'stop', unsigned: false, external: false },
  ...{ state: 'open', since: '2026-03-04T09:00:00Z', votes: [], waitsFor: [], authorUnverified: true },
  ...more,
});
const failure = async (run: () => unknown): Promise<string> => {
  try {
    await run();
  } catch (error) {
    const { code, message, remedy } = (error as MillwrightError).info;
    return [code, message, remedy].join(' ');
  }
  return 'nothing was thrown';
};

it('the only open gate needs no name, and of several one is named', async () => {
  const passed = gate('rollout', { state: 'approved' });
  const asked = gate('canary:web');
  expect(wantedGate({ gates: [passed, asked] }, undefined, 'reject', false)).toEqual({
    ...{ gate: 'canary:web', decision: 'reject', progress: asked },
  });
  const several = () => wantedGate({ gates: [asked, gate('group:db')] }, undefined, 'approve', false);
  expect(await failure(several)).toContain(
    'millwright approve RUN canary:web · millwright approve RUN group:db',
  );
  expect(await failure(() => wantedGate({}, undefined, 'approve', false))).toContain(
    'asks for no agreement now',
  );
});

it('nobody signs for a gate that is not open', async () => {
  const passed = gate('rollout', { state: 'approved' });
  const gates = [passed, gate('canary:web')];
  const at = (id: string) => failure(() => wantedGate({ gates }, id, 'approve', false));
  expect(await at('rollout')).toContain('MW-VOTE-GATE Gate rollout is approved; open: canary:web');
  expect(await at('group:db')).toContain('MW-VOTE-GATE Gate group:db is not open; open: canary:web');
  expect(await failure(() => wantedGate({ gates }, undefined, 'approve', true))).toContain(
    "MW-VOTE-GATE The run doesn't wait for its window",
  );
});

it('a window is overridden, and nothing else is', async () => {
  const window = gate('window', { approvals: 1 });
  const gates = [gate('rollout'), window];
  expect(wantedGate({ gates }, undefined, 'approve', true)).toEqual({
    ...{ gate: 'window', decision: 'override', progress: window },
  });
  expect(wantedGate({ gates }, undefined, 'approve', false)).toMatchObject({ gate: 'rollout' });
  expect(await failure(() => wantedGate({}, 'rollout', 'approve', true))).toContain(
    'answers no gate rollout',
  );
  const without = (verb: 'approve' | 'reject') =>
    failure(() => wantedGate({ gates: [window] }, undefined, verb, false));
  expect(await without('approve')).toContain('MW-USAGE The run waits for its window');
  expect(await without('approve')).toContain('--override --reason TEXT');
  expect(await without('reject')).toContain('millwright stop RUN');
});

it.each([
  [{ reason: 'x'.repeat(1025) }, '--reason has 1025 bytes; 1024 are the limit'],
  [{ breakGlass: ' ' }, '--break-glass needs a reason'],
  [{ breakGlass: 'ä'.repeat(513) }, '--break-glass has 1026 bytes'],
  [{ override: true, reason: ' ' }, '--override needs a reason'],
  [{ as: '' }, '--as needs a name'],
  [{ external: '' }, 'no address where an approval can be read'],
  [{ external: 'job 42' }, 'no address where an approval can be read'],
  [{ external: 'javascript:alert(1)' }, 'no address where an approval can be read'],
])('what would be refused is said before anything is signed: %j', async (options, why) => {
  const command = { verb: 'approve', run: '1', gate: undefined } as const;
  const cast = () => castVote({} as Context, { ...command, options: { expires: '1h', ...options } });
  expect(await failure(cast)).toContain(why);
});

it('what is signed is shown with the people and machines that it is about, byte for byte', () => {
  const text = voteText(base, {
    ...{ gate: 'rollout', decision: 'approve', planDigest: base.plan, expires, reason: 'canary was fine' },
  });
  const machines = ['web-1', 'web-2'].map((machine) => ({ machine, action: 'change' }));
  const plan = { groups: [{ machines }], removed: [{ machine: 'web-3', action: 'destroy' }] };
  const author = { name: 'Jane', email: 'jane@shop.example', verified: false };
  const change = { ...base, verb: 'up', startedAt: '2026-03-04T09:00:00Z', commit: 'c'.repeat(40), author };
  const votes = [{ by: 'oncall', decision: 'approve' }] as unknown as GateProgress['votes'];
  const shown = shownVote({
    ...{ change: change as unknown as Change, plan: plan as unknown as Plan, text, principal: 'platform' },
    ...{ gate: gate('rollout', { votes }), key: '~/.ssh/id_ed25519' },
  });
  expect(shown.split('\n')).toEqual([
    '  run       up of shop/prod by runner, 2026-03-04T09:00:00Z',
    '  gate      rollout: 2 of platform, oncall; so far oncall approve',
    `  plan      ${'a'.repeat(64)}`,
    '  commit    cccccccccc by Jane <jane@shop.example>, nothing proves the author',
    '  machines  destroy web-3; change web-1, web-2',
    `  decision  approve, valid until ${expires}`,
    '  reason    canary was fine',
    '  as        platform with ~/.ssh/id_ed25519',
    'Signed is exactly this, in namespace millwright-approval-v1:',
    canonicalJson(text),
  ]);
});

it('what the command signs is what control counts', async () => {
  const policy = parsePolicy(`version: 1\napprovers: {platform: {keys: ["${keys.make('mine')}"]}}`, 'p.yaml');
  const unsigned = {
    ...{ id: '01JD0000000000000000000001', gate: 'rollout', planDigest: base.plan, principal: 'platform' },
    ...{ decision: 'approve' as const, expires },
  };
  const key = await signingKey(keys.path('mine'));
  const sshsig = await sign(key, canonicalJson(voteText(base, unsigned)), false);
  const ballot = {
    change: base,
    plan: { ...base, groups: [], gates: [] },
    gate: gate('rollout', { from: [] }),
  };
  const verdict = await judge({ ...ballot, policy, now, vote: { ...unsigned, sshsig } }, 'digest');
  expect(verdict).toMatchObject({ counts: true });
});

it('a key that is missing, and one whose passphrase nobody can type, are told by name', async () => {
  expect(await failure(() => signingKey(join(dir, 'none')))).toContain(
    `MW-SIGN-KEY There is no key ${dir}/none`,
  );
  writeFileSync(join(dir, 'broken'), 'no key\n', { mode: 0o600 });
  expect(await failure(() => sign({ file: join(dir, 'broken') }, 'text', false))).toContain('MW-SIGN-FAILED');
});

it('without ssh-keygen it says what to install', async () => {
  const path = process.env.PATH;
  process.env.PATH = dir;
  try {
    expect(await failure(() => sign({ file: join(dir, 'broken') }, 'text', false))).toContain(
      'Install the OpenSSH client',
    );
  } finally {
    process.env.PATH = path;
  }
});

it('without a name the usual key of the home directory signs', async () => {
  mkdirSync(join(dir, '.ssh'));
  writeFileSync(join(dir, '.ssh/id_rsa'), '');
  writeFileSync(join(dir, '.ssh/id_ecdsa'), '');
  const found = await signingKey(undefined, dir);
  // Whoever runs this may sign commits with SSH.
  if ('file' in found && found.file.startsWith(dir)) expect(found.file).toBe(join(dir, '.ssh/id_ecdsa'));
  else expect(execFileSync('git', ['config', '--get', 'gpg.format'], { encoding: 'utf8' })).toBe('ssh\n');
});

it('an author is proved by a good signature of their own, and by nobody else’s', async () => {
  const repository = join(dir, 'fleet');
  mkdirSync(repository);
  const line = keys.make('jane');
  const signers = join(dir, 'signers');
  writeFileSync(signers, `jane@shop.example ${line.split(' ').slice(0, 2).join(' ')}\n`);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8' }).trim();
  git('init', '-q');
  const set = { 'user.name': 'Jane', 'gpg.format': 'ssh', 'user.signingkey': keys.path('jane') };
  for (const [name, value] of Object.entries({ ...set, 'gpg.ssh.allowedSignersFile': signers }))
    git('config', name, value);
  const commit = (email: string, ...more: string[]) => {
    git('-c', `user.email=${email}`, 'commit', '-q', '--allow-empty', '-m', 'x', ...more);
    return { id: git('rev-parse', 'HEAD'), subject: 'x', author: 'Jane', at: null, dirty: false };
  };
  const jane = { name: 'Jane', email: 'jane@shop.example' };
  expect(await authorOf(repository, commit(jane.email, '--no-gpg-sign'))).toEqual({
    ...jane,
    verified: false,
  });
  const signed = commit(jane.email, '-S');
  expect(await authorOf(repository, signed)).toEqual({ ...jane, verified: true });
  expect(await authorOf(repository, { ...signed, dirty: true })).toEqual({ ...jane, verified: false });
  expect(await authorOf(repository, commit('eve@shop.example', '-S'))).toMatchObject({ verified: false });
  expect(await authorOf(repository, { ...signed, id: 'f'.repeat(40) })).toBeUndefined();
});

it('reads how many machines of which group may be at work', async () => {
  expect(parseLimit('web-front=20')).toEqual({ group: 'web-front', maxParallel: 20 });
  for (const text of ['web', 'web=0', 'web=-1', '=3', 'web=1.5'])
    expect(await failure(() => parseLimit(text))).toContain('MW-USAGE');
});

it.each<[Partial<CastDocument>, string]>([
  [{ missing: 1 }, 'Counted: platform approved rollout. 1 more approval is missing.'],
  [{ missing: 0 }, 'Counted: platform approved rollout. Nothing more is asked for there.'],
  [
    { how: 'external', missing: 2 },
    'Counted: platform approved rollout (external). 2 more approvals are missing.',
  ],
  [{ decision: 'reject' }, 'Counted: platform rejected rollout. The run ends without it.'],
])('says what came of a vote: %j', (more, said) => {
  const document = {
    gate: 'rollout',
    decision: 'approve',
    by: 'platform',
    how: 'signed',
    missing: 0,
    ...more,
  };
  expect(castText(document as CastDocument)).toBe(said);
});
