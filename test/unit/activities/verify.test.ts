import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { cpus, hostname } from 'node:os';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import type { SiteDeps } from '../../../src/activities/deps.js';
import type { Verifying } from '../../../src/activities/inside.js';
import { slotValues } from '../../../src/activities/slots.js';
import { failureOf, runChecks } from '../../../src/activities/verify.js';
import type { InstanceInfo, Target, VerifyCheck } from '../../../src/model/index.js';
import { SimSite } from '../../support/sim.js';

const ref = { fleet: 'shop', fleetUid: 'uid', environment: 'dev', machine: 'web-1' };
const shape = {
  cpus: 1,
  memoryMiB: 1,
  diskMiB: 1,
  image: { name: 'm', kind: 'micro' },
  disks: [],
  publish: [],
};

const targetOf = (verify: readonly VerifyCheck[], more: object = {}) =>
  ({
    ref,
    verify,
    steps: [],
    slots: [],
    bundle: 'b',
    shape: { ...shape, nics: [] },
    ...more,
  }) as unknown as Target;

async function made(site: SimSite, deps: SiteDeps, machine: string): Promise<InstanceInfo> {
  const request = {
    ref: { ...ref, machine },
    instance: `uid/dev/${machine}@1`,
    shape: { ...shape, nics: [] },
  };
  const progress = () => undefined;
  const signal = new AbortController().signal;
  const all = { ...request, protect: false, loginKeys: [] } as unknown as Parameters<
    SiteDeps['provider']['create']
  >[0];
  const info = await deps.provider.create(all, progress, signal);
  const vm = site.vm(machine);
  vm.info = { ...info, addresses: { lan: `10.0.0.${machine.at(-1)}` } };
  return vm.info;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

describe('verification', () => {
  it('answers each check in the order written, also where two share an id', async () => {
    const site = new SimSite();
    const deps = site.deps();
    const info = await made(site, deps, 'web-1');
    await made(site, deps, 'db-1');
    const common = { withinMs: 0, id: 'tcp:22', type: 'tcp', port: 22 } as const;
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    deps.provider.reach = async () => ({ host: '127.0.0.1', port, release: async () => undefined });
    const bytes = await site.store.put(JSON.stringify({ bundle: 'b', steps: [], verify: ['tcp:22'] }));
    const runner = await site.store.put('runner');
    site.vm('web-1').target.behaviour.wrong.add('tcp:22');
    const checks: VerifyCheck[] = [
      { ...common, from: 'outside' },
      { ...common, from: 'inside' },
      { ...common, from: 'db-1' },
    ];
    const task = {
      changeId: 'c',
      target: 't',
      bundleBytes: bytes,
      runner,
      site: 'main',
      machine: 'web-1',
      instance: info.instance,
    };
    const run: Verifying = {
      deps,
      task,
      target: targetOf(checks),
      info,
      slots: [],
      signal: new AbortController().signal,
    };
    const evidence = await runChecks(run);
    expect(evidence.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(failureOf(checks, evidence)).toMatchObject({
      message: 'tcp:22 from inside was not true within 0 ms: looked',
      detail: ['tcp:22 from inside  looked'],
    });
  });
});

describe('values known late', () => {
  it('are secrets, and addresses on a network that both machines share', async () => {
    const site = new SimSite();
    const deps = site.deps();
    await made(site, deps, 'web-1');
    await made(site, deps, 'db-2');
    const slots = [
      { name: 'db', kind: 'address', machine: 'db-2' },
      { name: 'password', kind: 'secret', secret: { env: 'PASSWORD' } },
    ];
    const target = targetOf([], {
      slots,
      shape: { ...shape, nics: [{ network: 'lan', cidr: '10.0.0.0/24' }] },
    });
    const values = await slotValues(deps, target);
    expect(values.map(({ name, secret, value }) => [name, secret, value])).toEqual([
      ['db', false, '10.0.0.2'],
      ['password', true, 'secret of password'],
    ]);
    expect(values[1]?.fingerprint).toMatch(/^hmac-sha256:[0-9a-f]{16}$/);
  });

  /** Sessions run what they are given on this very machine, by its own shell. */
  const here = (deps: SiteDeps, asked: string[], edit = (text: string): string => text): SiteDeps => ({
    ...deps,
    ssh: {
      ...deps.ssh,
      withSession: (target, use) =>
        use({
          banner: 'SSH-2.0-here',
          upload: async () => undefined,
          exec: async ([program = '', ...args], { stdin = '' } = {}) => {
            asked.push(target.poolKey);
            const { exitCode, stdout, stderr } = await execa(program, args, { input: stdin, reject: false });
            return { code: exitCode ?? null, stdout: edit(stdout), stderr };
          },
        }),
    },
  });
  const factSlots = (...facts: string[]) =>
    facts.map((fact) => ({ name: `machines.db-1.facts.${fact}`, kind: 'fact', machine: 'db-1', fact }));

  it('are facts of another machine, which is asked once by a runner that is not there', async () => {
    const site = new SimSite();
    const asked: string[] = [];
    const deps = here(site.deps(), asked);
    await made(site, deps, 'db-1');
    const values = await slotValues(deps, targetOf([], { slots: factSlots('hostname', 'cpus', 'os.id') }));
    const id = /^ID="?([a-z]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
    expect(values.map(({ secret, value }) => [secret, value])).toEqual([
      [false, hostname()],
      [false, String(cpus().length)],
      [false, id],
    ]);
    expect(asked).toEqual(['uid/dev/db-1@1']);
  });

  it('are no facts that the other machine does not have', async () => {
    const site = new SimSite();
    const deps = here(site.deps(), [], (text) => text.replace(/"addresses":\[.*?\]/, '"addresses":[]'));
    await made(site, deps, 'db-1');
    await expect(slotValues(deps, targetOf([], { slots: factSlots('address') }))).rejects.toMatchObject({
      info: { code: 'MW-SLOT-FACT', message: 'db-1 has no address to tell web-1' },
    });
  });

  it('are refused by name where the other machine does not exist', async () => {
    const deps = new SimSite().deps();
    const target = targetOf([], { slots: [{ name: 'db', kind: 'address', machine: 'db-9' }] });
    await expect(slotValues(deps, target)).rejects.toMatchObject({
      info: { code: 'MW-MACHINE-GONE', message: 'db-9 does not exist at its provider' },
    });
  });
});
