import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fleetJsonSchema, type Manifest } from '../../../src/manifest/index.js';
import { loaded, minimal, withFiles } from './helpers.js';

const fleet = `version: 1
fleet: shop
uid: 01JZB2V5Q8K4T7W9X3C6D1E0FA
people: {platform: {keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBNNd7PFTEazhYlLmDWXWf0r+hbdyMOt1jkSlU+gBsHk p"]}}
sites: {main: {provider: qemu}}
images: {micro: {build: micro}}
defaults: {site: main, image: micro, size: {cpus: 1, memory: 128MiB, disk: 256MiB}}
configs: {base: {}}
rollout: {maxFailed: 3}
gates:
  - {before: rollout, approvals: 2, from: [platform, platform, ada@shop.example, oncall], timeout: 4h}
  - {before: web, unsigned: true, onTimeout: rollback}
  - {after: canary, external: true}
  - {after: canary, group: web}
windows:
  - {days: [wed, tue, thu], from: "09:00", to: "16:00", zone: Europe/Berlin, startBy: "15:00", atClose: finish}
  - {days: fri-mon, from: "22:00", to: "04:00", zone: UTC}
freezes:
  - {from: "2026-12-18", to: "2027-01-06T08:00", zone: Europe/Berlin, because: holidays}
reconcile: {every: 30m}
groups:
  lb: {config: base}
  web:
    config: base
    count: 4
    rollout:
      batches: [1, 25%, 100%]
      soak: 2m
      maxParallel: 2
      maxFailed: 10%
      order: shuffled
      surge: 1
      watch:
        - http: /healthz
        - {http: /ready, port: 8080, status: 204, every: 30s, maxFailed: 2}
        - {command: error rate, run: "test -e /run/ok"}
    around:
      drain: {at: lb-1, run: 'drain "$MACHINE"', settle: 20s, timeout: 5m}
      restore: {at: lb-1, run: 'ready "$MACHINE"'}
environments:
  dev: {default: true}
  calm:
    differences:
      - because: nobody is disturbed
        omit: [gates, windows, freezes, reconcile, rollout, groups.web.rollout, groups.web.around]
      - because: one agrees all the same
        set: {groups.lb.after: []}
`;

const read = (environment?: string, text = fleet): Promise<Manifest> =>
  withFiles({ 'fleet.yaml': text }, async (dir) => (await loaded(dir, environment)).manifest);

describe('how a change spreads', () => {
  it('is read as it is declared, defaults filled in', async () => {
    const { web } = (await read()).groups;
    expect(web?.rollout).toEqual({
      ...{ maxParallel: 2, batches: [1, '25%', '100%'], soakMs: 120_000, maxFailed: '10%' },
      ...{ order: 'shuffled', surge: 1 },
      watch: [
        {
          ...{ type: 'http', name: 'http:/healthz', http: '/healthz', port: 80, status: 200 },
          ...{ everyMs: 10_000, maxFailed: 0 },
        },
        {
          ...{ type: 'http', name: 'http::8080/ready', http: '/ready', port: 8080, status: 204 },
          ...{ everyMs: 30_000, maxFailed: 2 },
        },
        {
          ...{ type: 'command', name: 'error rate', run: 'test -e /run/ok' },
          ...{ everyMs: 10_000, maxFailed: 0 },
        },
      ],
    });
    expect(web?.around).toEqual({
      drain: { at: 'lb-1', run: 'drain "$MACHINE"', settleMs: 20_000, timeoutMs: 300_000 },
      restore: { at: 'lb-1', run: 'ready "$MACHINE"', settleMs: 0, timeoutMs: 60_000 },
    });
  });

  it('is nothing but the pace where a group says nothing', async () => {
    const { lb } = (await read()).groups;
    expect(lb?.rollout).toEqual({ maxParallel: 10 });
    expect(lb).not.toHaveProperty('around');
  });
});

describe('when and with whose consent changes run', () => {
  it('is read as it is declared, defaults filled in', async () => {
    const { maxFailed, gates, windows, freezes, reconcile } = await read();
    expect(maxFailed).toBe(3);
    const usual = { approvals: 1, from: [], onTimeout: 'stop', unsigned: false, external: false };
    expect(gates).toEqual([
      {
        ...{ ...usual, path: 'gates[0]', before: 'rollout', approvals: 2, timeoutMs: 14_400_000 },
        from: ['ada@shop.example', 'oncall', 'platform'],
      },
      { ...usual, path: 'gates[1]', before: 'web', unsigned: true, onTimeout: 'rollback' },
      { ...usual, path: 'gates[2]', after: 'canary', external: true },
      { ...usual, path: 'gates[3]', after: 'canary', group: 'web' },
    ]);
    expect(windows).toEqual([
      {
        ...{ days: ['tue', 'wed', 'thu'], from: '09:00', to: '16:00', zone: 'Europe/Berlin' },
        ...{ startBy: '15:00', atClose: 'finish' },
      },
      {
        ...{ days: ['mon', 'fri', 'sat', 'sun'], from: '22:00', to: '04:00', zone: 'UTC' },
        atClose: 'pause',
      },
    ]);
    expect(freezes).toEqual([
      {
        ...{ from: '2026-12-18', to: '2027-01-06T08:00', zone: 'Europe/Berlin', because: 'holidays' },
        atStart: 'pause',
      },
    ]);
    expect(reconcile).toEqual({ everyMs: 1_800_000, mode: 'report', maxMachines: 5 });
  });

  it('is absent where an environment omits it', async () => {
    const calm = await read('calm');
    for (const key of ['maxFailed', 'gates', 'windows', 'freezes', 'reconcile'])
      expect(calm).not.toHaveProperty(key);
    expect(calm.groups.web).toMatchObject({ rollout: { maxParallel: 10 } });
  });

  it('may be declared by one environment alone', async () => {
    const set = `environments: {dev: {default: true, differences: [{because: calm, set: {
      gates: [{before: rollout}], rollout: {maxFailed: 1}, reconcile: {every: 1h, mode: enforce}}}]}}`;
    const manifest = await read(undefined, minimal.replace(/environments: .*/, set));
    expect(manifest).toMatchObject({
      ...{ maxFailed: 1, reconcile: { everyMs: 3_600_000, mode: 'enforce' } },
      gates: [{ before: 'rollout', approvals: 1 }],
    });
  });

  it('warns of approvers that are nobody of people: the policy may know them', async () => {
    const warnings = await withFiles({ 'fleet.yaml': fleet }, async (dir) => (await loaded(dir)).warnings);
    expect(warnings.map(({ path, message }) => [path, message])).toEqual(
      ['ada@shop.example', 'oncall'].map((name) => [
        'gates[0].from',
        `Nobody of "people" is called "${name}": only the policy of the control side can know who that is.`,
      ]),
    );
  });

  describe('warns where every machine of a group is drained at the same time', () => {
    const run = '{at: lb-1, run: "true"}';
    const warnings = (web: string) => {
      const lb = 'lb: {count: 1, config: web}';
      const groups = `{${lb}, web: {${web}, config: web, around: {drain: ${run}, restore: ${run}}}}`;
      const text = `${minimal}sites: {main: {provider: qemu}}
images: {micro: {build: micro}}
configs: {web: {}}
defaults: {site: main, image: micro, size: {cpus: 1, memory: 128MiB, disk: 1GiB}}
groups: ${groups}
`;
      return withFiles({ 'fleet.yaml': text }, async (dir) =>
        (await loaded(dir)).warnings.map(({ path, message, remedy }) => [path, message, remedy]),
      );
    };

    it.each(['count: 4', 'count: 4, rollout: {maxParallel: 4}', 'count: 4, rollout: {batches: [100%, 1]}'])(
      '%s',
      async (web) => {
        expect(await warnings(web)).toEqual([
          [
            'groups.web.around',
            'All 4 machines of "web" are drained at the same time: none of them is in use meanwhile.',
            'Under "rollout", write batches: [1, 100%], or a maxParallel of at most 3.',
          ],
        ]);
      },
    );

    it.each([
      'count: 4, rollout: {maxParallel: 3}',
      'count: 4, rollout: {batches: [1, 100%]}',
      'count: 4, rollout: {batches: [75%]}',
      'count: 11',
      'count: 1',
      'count: 0',
    ])('but not with %s', async (web) => {
      expect(await warnings(web)).toEqual([]);
    });
  });

  it('is known to editors', () => {
    const valid = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(fleetJsonSchema());
    expect([valid(parse(fleet)), valid.errors]).toEqual([true, null]);
    for (const [was, is] of [
      ['batches: [1, 25%, 100%]', 'batches: [1, 250%]'],
      ['days: fri-mon', 'days: friday'],
      ['before: rollout', 'befor: rollout'],
      ['because: holidays', 'reason: holidays'],
    ] as const)
      expect(valid(parse(fleet.replace(was, is))), is).toBe(false);
  });
});
