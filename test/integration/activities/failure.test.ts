import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSiteActivities, type SiteDeps, waitForBanner } from '../../../src/activities/index.js';
import { withMachine } from '../../../src/activities/machine.js';
import type { MachineTask, Operation } from '../../../src/activities/types.js';
import { bundleTar, makeBundle, runnerScript } from '../../../src/bundle/index.js';
import {
  bundlePreimage,
  documentDomains,
  type Head,
  instanceId,
  type MachineShape,
  preimage,
  runId,
  shapeDigest,
  type Target,
  type VerifyCheck,
} from '../../../src/model/index.js';
import { createQemuProvider } from '../../../src/providers/qemu/index.js';
import { compileResource, type Resource } from '../../../src/resources/index.js';
import { createKeystore } from '../../../src/secrets/index.js';
import { createSshPool, generateEd25519 } from '../../../src/ssh/index.js';
import { openStore } from '../../../src/store/open.js';
import { temporarySite } from '../providers/site.js';
import { file } from '../runner/resources.js';

const ref = { fleet: 'shop', fleetUid: '01F', environment: 'test', machine: 'm-1' };
const instance = instanceId(ref, '01A');
const shape: MachineShape = {
  ...{ cpus: 1, memoryMiB: 128, diskMiB: 128, disks: [], nics: [], publish: [] },
  image: { name: 'micro', kind: 'micro' },
};

const { remove, ...where } = temporarySite();
mkdirSync(join(where.stateDir, 'store'), { recursive: true });
const store = openStore(`dir://${join(where.stateDir, 'store')}`);
const deps: SiteDeps = {
  ...{ site: 'main', store, waitForBanner },
  provider: createQemuProvider(where),
  ssh: createSshPool(),
  secrets: { resolve: async (name) => name },
  keystore: createKeystore({
    dir: join(where.stateDir, 'keys'),
    generateKey: () => generateEd25519('millwright-main'),
  }),
};
const { vm, push, look } = createSiteActivities(deps);
const logger = new DefaultLogger('ERROR');
const within = <T>(work: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment({}, { logger }).run<[], T, () => Promise<T>>(work);

async function contract(resources: readonly Resource[], verify: readonly VerifyCheck[] = []) {
  const bundle = makeBundle({ steps: resources.map(compileResource), verify, slots: [] });
  await store.put(bundlePreimage(bundle));
  const bundleBytes = await store.put(bundleTar(bundle));
  const target: Target = {
    ref,
    ...{ group: 'm', site: 'main', provider: deps.provider.name, action: 'change', base: null },
    ...{ shape, shapeDigest: shapeDigest(shape), protect: false, labels: {}, rungs: [], cannotUndo: [] },
    ...{ bundle: bundle.id, steps: bundle.steps.map(({ id }) => id), verify, slots: [] },
  };
  return { id: bundle.id, bundleBytes, target: await store.put(preimage(documentDomains.target, target)) };
}
type Contract = Awaited<ReturnType<typeof contract>>;

async function task(changeId: string, { target, bundleBytes }: Contract): Promise<MachineTask> {
  const runner = await store.put(runnerScript().bytes);
  return { changeId, target, bundleBytes, runner, site: 'main', machine: 'm-1', instance };
}
async function inside(...argv: string[]): Promise<string> {
  const found = await deps.provider.find(ref);
  if (found.state !== 'present') throw new Error(found.state);
  return withMachine(deps, found.instance, async (session) => (await session.exec(argv)).stdout.trim());
}
async function operate(queue: 'vm' | 'push', operation: Operation) {
  const { target, runner, site, machine } = await task('01Z', good);
  const activities = { vm, push };
  return within(() => activities[queue].operate({ target, runner, site, machine, instance, operation }));
}
const content = (path: string) => inside('sh', '-c', 'cat "$1" 2>/dev/null || echo none', 'sh', path);

const says = (text: string): VerifyCheck => ({
  ...{ id: `command:says ${text}`, type: 'command', from: 'inside', withinMs: 5_000, env: {} },
  run: `grep -q ${text} /etc/app.conf`,
});
let good: Contract;
let bad: Contract;
let head: Head | null = null;

beforeAll(async () => {
  good = await contract([file('/etc/app.conf', { content: 'old\n' })], [says('old')]);
  bad = await contract(
    [file('/etc/app.conf', { content: 'new\n' }), file('/etc/added.conf', { content: 'added\n' })],
    [says('something-else')],
  );
  const first = await task('01A', good);
  await within(() => vm.createInstance(first));
  await within(() => look.awaitReady({ ...first, withinMs: 300_000 }));
});
afterAll(async () => {
  await within(async () => vm.destroyInstance({ ...(await task('01A', good)), unfinished: true }));
  await deps.ssh.close();
  await remove();
});

async function apply(changeId: string, one: Contract) {
  const base = await task(changeId, one);
  const run = runId(changeId, 'm-1', 'apply', 1);
  const result = await within(() => push.provision({ ...base, run, expect: head }));
  head = result.head;
  return result;
}

describe('a machine', () => {
  it('keeps as verified what passed, and nothing that did not', async () => {
    expect((await apply('01A', good)).failure).toBeUndefined();
    const first = await task('01A', good);
    expect((await within(() => look.verifyMachine(first))).failure).toBeUndefined();
    expect((await apply('01B', bad)).failure).toBeUndefined();
    const second = await task('01B', bad);
    expect((await within(() => look.verifyMachine(second))).failure?.code).toBe('MW-VERIFY-FAILED');
    const seen = await within(() => look.look({ ...second, depth: 'status' }));
    expect(seen.verified).toEqual([{ bundle: good.id, bytes: good.bundleBytes, change: '01A' }]);
    expect(seen.head?.bundle).toBe(bad.id);
  });

  it('goes back to what was verified: old bytes again, what was added is gone', async () => {
    expect([await content('/etc/app.conf'), await content('/etc/added.conf')]).toEqual(['new', 'added']);
    const back = { ...(await task('01B', bad)), bundle: good.id, bundleBytes: good.bundleBytes };
    const run = runId('01B', 'm-1', 'rollback', 1);
    const undo = { change: '01B', bytes: bad.bundleBytes };
    const result = await within(() => push.provision({ ...back, run, expect: head, undo }));
    expect(result.failure).toBeUndefined();
    expect(result.head).toMatchObject({ bundle: good.id, run });
    head = result.head;
    expect([await content('/etc/app.conf'), await content('/etc/added.conf')]).toEqual(['old', 'none']);
    expect((await within(() => look.verifyMachine(back))).failure).toBeUndefined();
  });

  it('goes on from a snapshot with its clock right and what came later gone', async () => {
    const one = { ...(await task('01C', bad)), name: 'before-01C' };
    const order = (order: 'take' | 'restore' | 'delete') =>
      within(() => vm.snapshotInstance({ ...one, order }));
    await order('take');
    await inside('touch', '/etc/later.conf');
    await inside('date', '-u', '-s', '2001-01-01 00:00:00');
    expect(await order('restore')).toMatchObject({ existed: true, instance: { power: 'on' } });
    expect(await inside('sh', '-c', 'test -e /etc/later.conf || echo gone')).toBe('gone');
    const skew = Math.abs(Number(await inside('date', '+%s')) - Date.now() / 1000);
    expect(skew).toBeLessThan(30);
    expect(await order('delete')).toEqual({ existed: true });
    expect(await order('restore')).toEqual({ existed: false });
  });

  it('is held and released', async () => {
    const until = '2099-01-01T00:00:00Z';
    const held = await operate('push', { kind: 'hold', reason: "don't touch", by: 'ann', until });
    expect(held.hold).toEqual({ reason: "don't touch", by: 'ann', until });
    const one = await task('01D', bad);
    const run = runId('01D', 'm-1', 'apply', 1);
    await expect(within(() => push.provision({ ...one, run, expect: head }))).rejects.toMatchObject({
      type: 'MW-MACHINE-HELD',
    });
    expect((await operate('push', { kind: 'release' })).hold).toBeNull();
  });

  it('keeps a risky step that leaves the way in open, and takes back one that locks us out', async () => {
    const harmless = await contract([file('/etc/risky.conf', { content: 'kept\n', risky: true })]);
    expect((await apply('01E', harmless)).failure).toBeUndefined();
    expect(await content('/etc/risky.conf')).toBe('kept');
    const keys = '/root/.ssh/authorized_keys';
    const before = await content(keys);
    const lockout = await contract([file(keys, { content: '# nobody\n', risky: true })]);
    const { failure } = await apply('01F', lockout);
    expect(failure).toMatchObject({ code: 'MW-STEP-UNCONFIRMED', step: `file:${keys}` });
    expect(await content(keys)).toBe(before);
  });

  it('is switched off and on, and reset, and comes back each time', async () => {
    const answers = async () =>
      within(async () => look.awaitReady({ ...(await task('01D', good)), withinMs: 300_000 }));
    expect((await operate('vm', { kind: 'power', order: 'off' })).instance?.power).toBe('off');
    await operate('vm', { kind: 'power', order: 'on' });
    const { bootId } = await answers();
    await operate('vm', { kind: 'power', order: 'reset' });
    expect((await answers()).bootId).not.toBe(bootId);
    const { console } = await operate('vm', { kind: 'console', bytes: 4_096 });
    expect((await store.get(console ?? '')).length).toBeGreaterThan(0);
  });

  it('is swept away only when nobody knows it', async () => {
    const { fleetUid, environment } = ref;
    const task = { site: 'main', fleetUid, environment, spared: [], remove: true };
    const known = await within(() => vm.sweep({ ...task, known: { 'm-1': instance } }));
    expect(known).toMatchObject({ owned: [instance], orphans: [], missing: [] });
    const unknown = await within(() => vm.sweep({ ...task, known: {} }));
    expect(unknown.orphans).toMatchObject([{ instance, removed: true }]);
    expect(await deps.provider.find(ref)).toEqual({ state: 'absent' });
  });
});
