import { describe, expect, it } from 'vitest';
import { scheduleProblem } from '../../../src/manifest/schema/types/cronSchedule.js';
import { loadFiles, minimal } from './helpers.js';

const frame = `${minimal}sites: {main: {provider: qemu}}
images: {debian12: {build: {suite: bookworm}}}
defaults: {site: main, image: debian12, size: {cpus: 1, memory: 512MiB, disk: 4GiB}}
groups: {all: {config: all}}
people: {ada: {keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBNNd7PFTEazhYlLmDWXWf0r+hbdyMOt1jkSlU+gBsHk ada@example"]}}
configs:
  all:
    resources:
`;
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBNNd7PFTEazhYlLmDWXWf0r+hbdyMOt1jkSlU+gBsHk';

/** Messages about these resources, one per line of a flow map. */
async function messages(...resources: string[]): Promise<string[]> {
  const result = await loadFiles({
    'fleet.yaml': frame + resources.map((one) => `      - ${one}\n`).join(''),
  });
  return result.ok ? [] : result.problems.map((one) => one.message);
}

/** Ids and whether they are risky. */
async function resources(...written: string[]): Promise<(readonly [string, boolean])[]> {
  const result = await loadFiles({ 'fleet.yaml': frame + written.map((one) => `      - ${one}\n`).join('') });
  if (!result.ok) throw new Error(result.problems.map((one) => one.message).join('\n'));
  return (result.fleet.manifest.configs.all?.resources ?? []).map(({ id, risky }) => [id, risky] as const);
}

describe('a schedule of cron', () => {
  it.each(['* * * * *', '*/5 1-4,6 1 jan mon-fri', '0 0 31 12 7', '@daily', '@reboot', '0-30/10 * * * 0'])(
    '%s is one',
    (schedule) => expect(scheduleProblem(schedule)).toBeUndefined(),
  );
  it.each([
    ['* * * *', /five fields .* has 4/],
    ['60 * * * *', /"60" is no minute: 0 to 59/],
    ['* 5-1 * * *', /"5-1" is no hour/],
    ['* * 0 * *', /no day of month/],
    ['* * * foo *', /no month/],
    ['* * * * 8', /no day of week/],
    ['*/0 * * * *', /no minute/],
    ['1,,2 * * * *', /no minute/],
    ['@sometimes', /none of @reboot/],
  ])('%s is none, and it says why', (schedule, why) => expect(scheduleProblem(schedule)).toMatch(why));
});

describe('types of services and accounts', () => {
  it('a firewall is risky unless it says otherwise', async () => {
    expect(await resources('{firewall: input}')).toEqual([['firewall:input', true]]);
    expect(await resources('{firewall: input, risky: false}')).toEqual([['firewall:input', false]]);
  });

  it('a firewall knows no table, no chain and no text of rules', async () => {
    for (const attribute of ['table: {inet other: {}}', 'rules: flush ruleset', 'chain: forward'])
      expect(await messages(`{firewall: input, ${attribute}}`)).toEqual([
        expect.stringMatching(/ is no key of /),
      ]);
    expect(await messages('{firewall: output}')).toHaveLength(1);
  });

  it('a rule of a firewall says a port, and icmp none', async () => {
    expect(await messages('{firewall: input, allow: [{protocol: udp}, {protocol: icmp, port: 8}]}')).toEqual([
      'Nothing says which port.',
      'icmp has no ports.',
    ]);
    expect(await messages('{firewall: input, allow: [{port: 80, from: "anywhere; drop"}]}')).toHaveLength(1);
  });

  it('what is there says what it is, what is absent does not', async () => {
    expect(await messages('{timer: tick, run: date}', '{cron: job, absent: true, run: date}')).toEqual([
      'Nothing says "onCalendar".',
      '"run" contradicts "absent: true".',
    ]);
    expect(await messages('{unit: a.service, content: x, source: y}')).toContain(
      '"content" and "source" both give the content.',
    );
    expect(await messages('{sudoRule: a, commands: ALL}')).toEqual(['Nothing says who may.']);
  });

  it('a job of cron is one line', async () => {
    expect(await messages('{cron: job, schedule: "@daily", run: "a\\nb"}')).toEqual([
      'To cron a line is a job, and this has several.',
    ]);
  });

  it('an authorized key is named by its comment or its fingerprint, and must be whole', async () => {
    expect(
      await resources(
        `{authorizedKey: deploy, key: "${key} ci@shop"}`,
        `{authorizedKey: deploy, key: "${key}"}`,
      ),
    ).toEqual([
      ['authorizedKey:deploy/ci@shop', false],
      [expect.stringMatching(/^authorizedKey:deploy\/SHA256:[A-Za-z0-9+/]{43}$/), false],
    ]);
    expect(await messages(`{authorizedKey: deploy, key: "${key.slice(0, -4)} ci@shop"}`)).toEqual([
      'This ssh-ed25519 key is damaged or cut off.',
    ]);
  });

  it('a single key and all keys of a user do not go together', async () => {
    const found = await messages(
      `{user: deploy, keysOf: [ada]}`,
      `{authorizedKey: deploy, key: "${key} ci@shop"}`,
    );
    expect(found).toEqual([expect.stringMatching(/authorized_keys of deploy is written by user:deploy/)]);
  });

  it('a password hash is a secret, never text of the manifest', async () => {
    expect(await messages('{user: deploy, passwordHash: "$6$salt$hash"}')).toHaveLength(1);
    expect(await messages('{user: deploy, passwordHash: plain}')).toHaveLength(1);
  });
});
