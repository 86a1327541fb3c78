import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Base,
  type Change,
  documentDomains,
  MillwrightError,
  type Plan,
  preimage,
  sha256Hex,
  type Target,
} from '../../../src/model/index.js';
import {
  baseBundleIds,
  bundleTars,
  type Compiled,
  changedBaseSteps,
  compile,
  diffPlan,
} from '../../../src/plan/index.js';
import {
  findBundle,
  findBundles,
  findPlan,
  findShape,
  findStep,
  readArtifacts,
  readChange,
  readPlan,
  readTarget,
  storeChange,
  storePlan,
} from '../../../src/store/documents.js';
import { openStore } from '../../../src/store/open.js';
import type { Store } from '../../../src/store/port.js';
import { loaded, shop } from '../plan/fleet.js';

const compiled = compile(loaded(shop), {}) as Compiled;
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof MillwrightError ? error.info.code : error),
  );

describe('a stored plan', () => {
  let root: string;
  let store: Store;
  let stored: { plan: string; artifacts: string };
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'mw-documents-'));
    store = openStore(`dir://${root}`);
    stored = await storePlan(store, { ...compiled, tars: bundleTars(compiled), runner: '#!/bin/sh\n' });
  });
  afterAll(() => rm(root, { recursive: true }));

  it('has the digest that was compiled and reads back as it was', async () => {
    expect(stored.plan).toBe(compiled.planDigest);
    expect(await readPlan(store, stored.plan)).toEqual(JSON.parse(JSON.stringify(compiled.plan)));
  });

  it('leads to the target of every machine', async () => {
    const plan = await readPlan(store, stored.plan);
    const machines = plan.groups.flatMap((group) => group.machines);
    for (const [index, machine] of machines.entries()) {
      const target = await readTarget(store, machine.target);
      expect(target).toEqual(JSON.parse(JSON.stringify(compiled.targets[index])));
      expect(target.ref.machine).toBe(machine.machine);
    }
  });

  it('is read with a policy where an older Millwright wrote none', async () => {
    const { groups, ...rest } = compiled.plan;
    const old = groups.map(({ onFailure: _, ...group }) => group);
    const digest = await store.put(preimage(documentDomains.plan, { ...rest, groups: old }));
    expect((await readPlan(store, digest)).groups.map((group) => group.onFailure)).toEqual(['ask', 'ask']);
    expect((await findPlan(store, digest)).plan.groups[0]?.onFailure).toBe('ask');
    const { rungs: _, cannotUndo: __, ...target } = compiled.targets[0] as Target;
    const older = await store.put(preimage(documentDomains.target, target));
    expect(await readTarget(store, older)).toMatchObject({ rungs: [], cannotUndo: [] });
  });

  it('leads to the bytes of every bundle and to the runner', async () => {
    const artifacts = await readArtifacts(store, stored.artifacts);
    expect(Object.keys(artifacts.bundles).sort()).toEqual([...compiled.bundles.keys()].sort());
    for (const digest of Object.values(artifacts.bundles)) expect(await store.has(digest)).toBe(true);
    expect(Buffer.from(await store.get(artifacts.runner)).toString()).toBe('#!/bin/sh\n');
  });

  it('gives the same digests when it is stored again', async () => {
    const again = await storePlan(store, { ...compiled, tars: bundleTars(compiled), runner: '#!/bin/sh\n' });
    expect(again).toEqual(stored);
  });

  it('keeps the shapes that its machines were made with', async () => {
    const [target] = compiled.targets;
    const shape = await findShape(store, target?.shapeDigest ?? '');
    expect(shape).toEqual({ ...target?.shape, image: { ...target?.shape.image, name: '' } });
    expect(await findShape(store, sha256Hex('nothing'))).toBeUndefined();
  });

  it('is found by the beginning of its digest', async () => {
    expect((await findPlan(store, stored.plan.slice(0, 8))).digest).toBe(stored.plan);
    expect(await codeOf(findPlan(store, stored.artifacts.slice(0, 8)))).toBe('MW-STORE-MISSING');
    expect(await codeOf(findPlan(store, '0000'))).toBe('MW-STORE-MISSING');
    expect(await codeOf(findPlan(store, 'plan'))).toBe('MW-STORE-PREFIX');
  });

  it('is not mistaken for a document of another kind', async () => {
    expect(await codeOf(readTarget(store, stored.plan))).toBe('MW-STORE-DOMAIN');
    expect(await codeOf(readPlan(store, stored.artifacts))).toBe('MW-STORE-DOMAIN');
    expect(await codeOf(readPlan(store, await store.put('{}')))).toBe('MW-STORE-DOMAIN');
    expect(await codeOf(readPlan(store, sha256Hex('nothing')))).toBe('MW-STORE-MISSING');
  });

  it('can be read back down to the text of its files, by ids and hashes alone', async () => {
    for (const bundle of compiled.bundles.values()) {
      const outline = await findBundle(store, bundle.id);
      expect(outline?.steps).toEqual(bundle.steps.map(({ id, hash }) => ({ id, hash })));
      for (const step of bundle.steps) {
        const expected = { hash: step.hash, intent: step.intent, texts: step.texts ?? step.files };
        expect(await findStep(store, step.hash)).toEqual(JSON.parse(JSON.stringify(expected)));
      }
    }
    expect(await findBundle(store, sha256Hex('nothing'))).toBeUndefined();
    const ids = [...compiled.bundles.keys()];
    const outlines = await findBundles(store, [...ids, sha256Hex('nothing')]);
    expect([...outlines.keys()].sort()).toEqual(ids.sort());
    expect(await findStep(store, sha256Hex('nothing'))).toBeUndefined();
  });

  it('is what the next plan is compared with', async () => {
    const base: Base = Object.fromEntries(
      compiled.targets.map(({ ref, bundle, shapeDigest, site, group, protect }) => [
        ref.machine,
        { instance: ref.machine, assigned: bundle, verified: null, shape: shapeDigest, site, group, protect },
      ]),
    );
    const next = compile(loaded({ ...shop, vars: { domain: 'shop.example' } }), base) as Compiled;
    const outlines = await known(baseBundleIds(next), (id) => findBundle(store, id));
    const steps = await known(changedBaseSteps(next, outlines), (hash) => findStep(store, hash));
    const differences = diffPlan(next, { outlines, steps });
    expect(differences.get('db-1')).toEqual([]);
    expect(differences.get('web-1')?.[0]?.diff.filter((line) => /^[-+]/.test(line))).toEqual([
      '-  server_name shop.localhost;',
      '+  server_name shop.example;',
    ]);
  });

  it('is ambiguous where two plans begin alike', async () => {
    const { prefix, plans } = twoPlansAlike();
    for (const plan of plans) await store.put(preimage(documentDomains.plan, plan));
    expect(await codeOf(findPlan(store, prefix))).toBe('MW-STORE-AMBIGUOUS');
  });

  it('is named by a change, which is a document too', async () => {
    const change: Change = {
      ...{
        id: '01JZB2V5Q8K4T7W9X3C6D1E0FC',
        verb: 'up',
        fleet: 'shop',
        fleetUid: shop.uid,
        environment: 'dev',
      },
      ...{
        plan: stored.plan,
        artifacts: stored.artifacts,
        intent: compiled.intent,
        revision: '0'.repeat(64),
      },
      ...{ startedBy: 'platform', startedAt: '2030-01-01T00:00:00Z', allowDestroy: false },
    };
    expect(await readChange(store, await storeChange(store, change))).toEqual(change);
  });
});

/** Two plans whose digests share four digits. */
function twoPlansAlike(): { prefix: string; plans: [Plan, Plan] } {
  const seen = new Map<string, Plan>();
  for (let i = 0; ; i++) {
    const plan: Plan = { ...compiled.plan, environment: `env${i}`, groups: [] };
    const prefix = sha256Hex(preimage(documentDomains.plan, plan)).slice(0, 4);
    const other = seen.get(prefix);
    if (other) return { prefix, plans: [other, plan] };
    seen.set(prefix, plan);
  }
}

async function known<T>(digests: readonly string[], find: (digest: string) => Promise<T | undefined>) {
  const found = await Promise.all(digests.map(async (digest) => [digest, await find(digest)] as const));
  return new Map(found.flatMap(([digest, value]) => (value === undefined ? [] : [[digest, value] as const])));
}
