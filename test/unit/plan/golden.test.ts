import { readdirSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type LoadedFleet, loadFleet } from '../../../src/manifest/index.js';
import type { Base } from '../../../src/model/index.js';
import { compile } from '../../../src/plan/index.js';

const fixture = resolve('test/fixtures/plans/shop');
const files = ['fleet.yaml', 'configs/base.yaml', 'configs/web.yaml'];

async function load(dir: string): Promise<LoadedFleet> {
  const result = await loadFleet({ dir });
  if (!result.ok) throw new Error(result.problems.map((one) => `${one.path}: ${one.message}`).join('\n'));
  return result.fleet;
}

const base: Base = {
  'web-3': {
    instance: '01JZB2V5Q8K4T7W9X3C6D1E0FA/dev/web-3@01JZB2V5Q8K4T7W9X3C6D1E0FB',
    ...{ assigned: 'a'.repeat(64), verified: null, shape: 'b'.repeat(64) },
    ...{ site: 'main', group: 'web', protect: false },
  },
};

/** Everything that is fixed for ever about the fixture: a change here means that every machine out there changes. */
function digests(fleet: LoadedFleet, of: Base = {}) {
  const result = compile(fleet, of);
  if (!result.ok) throw new Error(result.problems.map((one) => one.message).join('\n'));
  return {
    plan: result.planDigest,
    intent: result.intent,
    machines: Object.fromEntries(
      result.targets.map((target) => [
        target.ref.machine,
        { bundle: target.bundle, shape: target.shapeDigest },
      ]),
    ),
  };
}

describe('the fixture fleet', () => {
  let scratch: string;
  let golden: unknown;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'mw-plan-'));
    golden = JSON.parse(await readFile(resolve('test/fixtures/plans/shop.json'), 'utf8'));
  });
  afterAll(() => rm(scratch, { recursive: true }));

  it('has the digests that it always had', async () => {
    const fleet = await load(fixture);
    expect({ fresh: digests(fleet), withBase: digests(fleet, base) }).toEqual(golden);
  });

  it('has the same intent whatever its base', async () => {
    const fleet = await load(fixture);
    expect(digests(fleet, base).intent).toBe(digests(fleet).intent);
    expect(digests(fleet, base).plan).not.toBe(digests(fleet).plan);
  });

  it('has the same digests in any key order, with any comments, style and order of included files', async () => {
    const expected = digests(await load(fixture));
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat()), async (stream) => {
        const dir = await mkdtemp(join(scratch, 'shuffled-'));
        await cp(fixture, dir, { recursive: true });
        for (const file of files) await rewrite(join(dir, file), stream);
        expect(digests(await load(dir))).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });

  it('has the same digests wherever and in whatever time zone it is compiled', async () => {
    const expected = digests(await load(fixture));
    const [cwd, zone] = [process.cwd(), process.env.TZ];
    try {
      process.chdir(scratch);
      process.env.TZ = 'Pacific/Chatham';
      expect(digests(await load(fixture))).toEqual(expected);
    } finally {
      process.chdir(cwd);
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });
});

async function rewrite(file: string, random: fc.Stream<number>): Promise<void> {
  const content = shuffled(parse(await readFile(file, 'utf8')), random) as Record<string, unknown>;
  if (Array.isArray(content.include)) content.include = [...content.include].reverse();
  await writeFile(file, `# another hand wrote this\n${stringify(content, { lineWidth: 0 })}# the end\n`);
}

/** The same value with the keys of its maps in another order. */
function shuffled(value: unknown, random: fc.Stream<number>): unknown {
  if (Array.isArray(value)) return value.map((one) => shuffled(one, random));
  if (typeof value !== 'object' || value === null) return value;
  const keyed = Object.entries(value).map(([key, one]) => ({ key, one, rank: next(random) }));
  return Object.fromEntries(
    keyed.sort((a, b) => a.rank - b.rank).map(({ key, one }) => [key, shuffled(one, random)]),
  );
}

const next = (random: fc.Stream<number>): number => random.next().value ?? 0;

describe('compiling', () => {
  it('uses nothing that differs between machines or moments', async () => {
    const sources = ['src/plan', 'src/resources'].flatMap((dir) =>
      readdirSync(dir)
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(dir, name)),
    );
    const ambient = /\bDate\b|Math\.random|localeCompare|toLocale|\bIntl\b|\bprocess\b|\bperformance\b/;
    for (const file of sources)
      expect([file, (await readFile(file, 'utf8')).match(ambient)?.[0]]).toEqual([file, undefined]);
  });
});
