import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type MillwrightError, sha256Hex } from '../../../src/model/index.js';
import { parsePolicy, readPolicy } from '../../../src/policy/index.js';
import { Keys } from './keys.js';

const keys = new Keys();
const dir = mkdtempSync(join(tmpdir(), 'mw-policy-'));
afterAll(() => {
  keys.dispose();
  rmSync(dir, { recursive: true });
});
const platform = keys.make('platform');
const oncall = keys.make('oncall');

const mistakes = (text: string): readonly string[] => {
  try {
    parsePolicy(text, 'policy.yaml');
  } catch (error) {
    expect((error as MillwrightError).info.code).toBe('MW-POLICY-INVALID');
    return (error as MillwrightError).info.detail ?? [];
  }
  return [];
};

it('reads people, minimum gates, freezes and who may do more', () => {
  const policy = parsePolicy(
    `
version: 1
approvers:
  platform: {keys: ["${platform}"], emails: [Platform@Shop.example]}
  oncall: {keys: ["${oncall}"], users: [ops]}
gates:
  - {environment: prod, before: rollout, approvals: 2, timeout: 4h}
  - {fleet: 01JD00000000000000000SH0P0, after: canary, group: web, from: [oncall], onTimeout: rollback}
unsigned: forbid
breakGlass: [oncall]
freezes:
  - {environment: prod, from: 2026-12-18, to: 2027-01-06, zone: Europe/Berlin, because: holidays}
`,
    'policy.yaml',
  );
  expect(policy.approvers.platform).toMatchObject({ emails: ['platform@shop.example'], users: [] });
  expect(policy.approvers.oncall?.keys[0]?.fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  const plain = { from: [], onTimeout: 'stop', unsigned: false, external: false };
  expect(policy.gates).toEqual([
    { ...plain, environment: 'prod', before: 'rollout', approvals: 2, timeoutMs: 14_400_000 },
    {
      ...{ ...plain, fleet: '01JD00000000000000000SH0P0', group: 'web', approvals: 1 },
      ...{ from: ['oncall'], onTimeout: 'rollback' },
    },
  ]);
  expect(policy).toMatchObject({
    ...{ unsigned: false, external: false, breakGlass: ['oncall'], override: [] },
    freezes: [{ environment: 'prod', from: '2026-12-18', zone: 'Europe/Berlin', atStart: 'pause' }],
  });
});

it('allows pipelines alone, where it says so', () => {
  const text = `version: 1\napprovers: {}\nunsigned: forbid\nexternal: allow`;
  expect(parsePolicy(text, 'p.yaml')).toMatchObject({ unsigned: false, external: true });
  expect(parsePolicy('version: 1\napprovers: {}', 'p.yaml')).toMatchObject({
    unsigned: true,
    external: true,
  });
});

it('reports every mistake at once, with its place', () => {
  const text = `version: 2
approvers:
  "a,b": {keys: ["${platform}"]}
  platform: {keys: ["${platform}"], email: [x]}
  oncall: {keys: []}
gates:
  - {before: rollout, from: [nobody], aprovals: 2}
  - {approvals: 1}
  - {fleet: shop, after: canary, timeout: soon}
unsigned: maybe
override: [somebody]
freezes:
  - {from: 2026-13-40, to: 2026-01-01, zone: Europe/Atlantis, because: x}
`;
  expect(mistakes(text)).toEqual([
    expect.stringMatching(/^policy.yaml:1:10 {2}version {2}read 2: write version: 1$/),
    expect.stringMatching(/^policy.yaml:3:\d+ {2}approvers\.a,b {2}an approver is named by/),
    expect.stringMatching(
      /^policy.yaml:4:\d+ {2}approvers\.platform\.email {2}email means nothing .* mean emails\?/,
    ),
    expect.stringMatching(
      /^policy.yaml:5:18 {2}approvers\.oncall\.keys {2}read \[\]: an approver needs a key/,
    ),
    expect.stringMatching(/^policy.yaml:7:\d+ {2}gates\.0\.aprovals {2}.*Did you mean approvals\?/),
    expect.stringMatching(/^policy.yaml:8:5 {2}gates\.1 {2}.*write before: rollout/),
    expect.stringMatching(/^policy.yaml:9:\d+ {2}gates\.2\.fleet {2}.*write the uid of fleet.yaml/),
    expect.stringMatching(
      /^policy.yaml:9:\d+ {2}gates\.2\.timeout {2}read "soon": write a number with its unit/,
    ),
    expect.stringMatching(/^policy.yaml:10:11 {2}unsigned {2}read "maybe": write allow or forbid/),
    expect.stringMatching(/^policy.yaml:13:\d+ {2}freezes\.0\.from {2}.*there is no such day/),
    expect.stringMatching(/^policy.yaml:13:\d+ {2}freezes\.0\.zone {2}.*name of a time zone/),
    expect.stringMatching(/^policy.yaml:13:\d+ {2}freezes\.0\.to {2}.*ends before it begins/),
    expect.stringMatching(/^policy.yaml:7:\d+ {2}gates\.0\.from\.0 {2}nobody is none of the approvers/),
    expect.stringMatching(/^policy.yaml:11:12 {2}override\.0 {2}somebody is none of the approvers/),
    expect.stringMatching(
      /^policy.yaml:4:21 {2}approvers\.platform\.keys\.0 {2}SHA256:\S+ is a key of a,b already/,
    ),
  ]);
});

const people = `version: 1
approvers: {platform: {keys: ["${platform}"]}, oncall: {keys: ["${oncall}"]}}
`;

it.each([
  ['2026-12-18', '2026-12-18', []],
  ['2026-12-18T18:00', '2026-12-18', []],
  ['2026-12-18T10:00', '2026-12-18T09:00', ['to']],
  ['2026-12-18T10:00', '2026-12-18T10:00', ['to']],
  ['2026-02-30', '2026-03-05', ['from']],
  ['2026-12-18T25:00', '2026-12-19T10:60', ['from', 'to']],
  ['2026-12-19', '2026-12-18T24:00', ['to']],
])('takes no freeze that would freeze nothing: %s to %s', (from, to, wrong) => {
  const text = `${people}freezes: [{from: ${from}, to: ${to}, zone: UTC, because: x}]`;
  const places = mistakes(text).map((one) => one.split('  ')[1]?.replace('freezes.0.', ''));
  expect([...new Set(places)]).toEqual(wrong);
});

it.each([
  ['{before: rollout, approvals: 3}', 'approvals', '3 must agree, and there are 2 approvers'],
  ['{before: Web Group}', 'before', 'no group or environment is called that'],
  ['{environment: Prod, before: rollout}', 'environment', 'no group or environment is called that'],
  ['{before: rollout, timeout: 99999d}', 'timeout', 'from 1m to 30d'],
  ['{before: rollout, timeout: 4}', 'timeout', 'write a number with its unit'],
])('takes no gate that nobody could open, or that would stand nowhere: %s', (gate, key, why) => {
  expect(mistakes(`${people}gates: [${gate}]`)).toEqual([expect.stringContaining(`gates.0.${key}  `)]);
  expect(mistakes(`${people}gates: [${gate}]`).join()).toContain(why);
});

it('takes a gate that plain messages answer, however few approvers there are', () => {
  expect(mistakes('version: 1\napprovers: {}\ngates: [{before: rollout, external: true}]')).toEqual([]);
});

it('tells of a file that is something else without filling a screen', () => {
  expect(mistakes('['.repeat(10_000)).length).toBeLessThan(25);
});

it('takes plain keys only: no certificate, no option, nothing damaged', () => {
  const of = (line: string) =>
    mistakes(`version: 1\napprovers: {platform: {keys: [${JSON.stringify(line)}]}}`).join();
  expect(of(keys.certify('platform'))).toContain('write the key itself, not a certificate');
  expect(of(`cert-authority ${platform}`)).toContain('write a line of an OpenSSH .pub file');
  expect(of(platform.slice(0, 60))).toContain('cut off or damaged');
  expect(of(platform.replace('ssh-ed25519', 'ssh-rsa'))).toContain('cut off or damaged');
  expect(of(`${platform}\n${oncall}`)).toContain('write one key, on one line');
});

it('is no YAML, no mapping or a bomb: said by name', () => {
  expect(mistakes('approvers: {')[0]).toMatch(/^policy.yaml:\d+:\d+ {2}/);
  expect(mistakes('- a list')[0]).toMatch(/^policy.yaml:1:1 {2}/);
  expect(mistakes('')).not.toEqual([]);
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefgh'.split('').map(nested)].join('\n');
  expect(mistakes(bomb)[0]).toContain('alias');
});
const nested = (name: string): string => {
  const before = String.fromCharCode(name.charCodeAt(0) - 1);
  return `${name}: &${name} [${Array(9).fill(`*${before}`).join(',')}]`;
};

it('is read anew each time, and named by the digest of its bytes', async () => {
  const file = join(dir, 'policy.yaml');
  const text = `version: 1\napprovers: {platform: {keys: ["${platform}"]}}\n`;
  writeFileSync(file, text);
  expect(await readPolicy(file)).toMatchObject({ digest: sha256Hex(text), file });
  writeFileSync(file, 'version: 1\napprovers: {}\n');
  expect((await readPolicy(file)).policy.approvers).toEqual({});
});

it('that cannot be read, or is far too large, is refused by name', async () => {
  const code = (file: string) => readPolicy(file).catch((error: MillwrightError) => error.info.message);
  expect(await code(join(dir, 'none.yaml'))).toBe(`The policy file ${dir}/none.yaml can't be read: ENOENT.`);
  writeFileSync(join(dir, 'large.yaml'), `# ${'x'.repeat(1_048_576)}`);
  expect(await code(join(dir, 'large.yaml'))).toContain('it has more than 1048576 bytes');
  execFileSync('mkfifo', [join(dir, 'pipe.yaml')]);
  expect(await code(join(dir, 'pipe.yaml'))).toContain('it is a pipe');
});
