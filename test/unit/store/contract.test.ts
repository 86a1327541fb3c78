import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MillwrightError, sha256Hex } from '../../../src/model/index.js';
import { openStore } from '../../../src/store/open.js';
import type { MigratableStore } from '../../../src/store/port.js';
import { type PostgresCluster, startPostgres } from '../../support/postgres.js';

interface Place {
  readonly url: string;
  /** Overwrites what is stored under a digest, behind the store's back. */
  damage(digest: string, bytes: string): Promise<void>;
  remove(): Promise<void>;
}

async function directoryPlace(): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'mw-store-'));
  return {
    url: `dir://${root}`,
    damage: (digest, bytes) => writeFile(join(root, 'sha256', digest.slice(0, 2), digest.slice(2)), bytes),
    remove: () => rm(root, { recursive: true }),
  };
}

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgres();
});
afterAll(() => cluster.stop());

async function postgresPlace(): Promise<Place> {
  const url = await cluster.database();
  return {
    url,
    damage: async (digest, bytes) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query('update millwright_store set bytes = $2 where digest = $1', [
        digest,
        Buffer.from(bytes),
      ]);
      await client.end();
    },
    remove: async () => {},
  };
}

const failure = async (work: Promise<unknown>): Promise<MillwrightError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof MillwrightError))
    throw new Error(`expected a MillwrightError, got ${String(error)}`);
  return error;
};

describe.each([
  ['a directory', directoryPlace],
  ['PostgreSQL', postgresPlace],
])('a store in %s', (_name, makePlace) => {
  let place: Place;
  let store: MigratableStore;
  beforeAll(async () => {
    place = await makePlace();
    store = openStore(place.url);
    await store.migrate();
  });
  afterAll(async () => {
    await store.close();
    await place.remove();
  });

  it('gives back the bytes that were put, under their sha256', async () => {
    const digest = await store.put('a plan');
    expect(digest).toBe(sha256Hex('a plan'));
    expect(Buffer.from(await store.get(digest)).toString()).toBe('a plan');
  });

  it('keeps every byte value and the empty content', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect([...(await store.get(await store.put(bytes)))]).toEqual([...bytes]);
    expect(await store.get(await store.put(''))).toHaveLength(0);
  });

  it('takes the same bytes again without change, from text or bytes', async () => {
    const first = await store.put('again');
    expect(await store.put(Buffer.from('again'))).toBe(first);
    expect(await store.find(first)).toEqual([first]);
  });

  it('takes the same new bytes from many writers at once', async () => {
    const digests = await Promise.all(Array.from({ length: 20 }, () => store.put('all at once')));
    expect(new Set(digests)).toEqual(new Set([sha256Hex('all at once')]));
    expect(Buffer.from(await store.get(sha256Hex('all at once'))).toString()).toBe('all at once');
  });

  it('serves what another process put', async () => {
    const other = openStore(place.url);
    const digest = await other.put('from elsewhere');
    await other.close();
    expect(await store.has(digest)).toBe(true);
  });

  it('says that bytes are missing', async () => {
    const absent = sha256Hex('never put');
    expect(await store.has(absent)).toBe(false);
    const error = await failure(store.get(absent));
    expect(error.info).toMatchObject({ code: 'MW-STORE-MISSING', cause: 'infrastructure' });
    expect(error.info.message).toContain(absent.slice(0, 8));
  });

  it('refuses bytes that were changed behind its back', async () => {
    const digest = await store.put('precious');
    await place.damage(digest, 'precioux');
    const error = await failure(store.get(digest));
    expect(error.info.code).toBe('MW-STORE-CORRUPT');
    expect(error.info.message).toContain(sha256Hex('precioux').slice(0, 8));
  });

  it('finds digests by their beginning, at most sixteen, in order', async () => {
    const wanted: string[] = [];
    const { byPrefix, prefix } = manyWithOnePrefix();
    for (const text of byPrefix) wanted.push(await store.put(text));
    expect(await store.find(prefix)).toEqual(wanted.sort().slice(0, 16));
    expect(await store.find(wanted[0] ?? '')).toEqual([wanted[0]]);
    expect(await store.find('0123456789abcdef')).toEqual([]);
  });

  it.each(['', 'abc', 'wxyz', 'ab%_', '../..'])('refuses %j as the beginning of a digest', async (prefix) => {
    expect((await failure(store.find(prefix))).info.code).toBe('MW-STORE-PREFIX');
  });

  it('has nothing left to migrate once it was migrated, by however many at once', async () => {
    await Promise.all([store.migrate(), store.migrate(), store.migrate()]);
    expect(await store.pendingMigrations()).toEqual([]);
  });
});

/** Seventeen texts whose digests share four digits: computed, so that the limit of sixteen is really met. */
function manyWithOnePrefix(): { prefix: string; byPrefix: string[] } {
  const groups = new Map<string, string[]>();
  for (let i = 0; ; i++) {
    const prefix = sha256Hex(`text ${i}`).slice(0, 4);
    const group = groups.get(prefix) ?? [];
    group.push(`text ${i}`);
    groups.set(prefix, group);
    if (group.length === 17) return { prefix, byPrefix: group };
  }
}

describe('a directory store', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'mw-store-'));
  });
  afterAll(() => rm(root, { recursive: true }));

  it('lays files out as sha256/ab/cdef…, readable by their owner alone, without leftovers', async () => {
    const store = openStore(`dir://${root}/new/store`);
    const digest = await store.put('secretless but private');
    const folder = join(root, 'new/store/sha256', digest.slice(0, 2));
    expect(await readdir(folder)).toEqual([digest.slice(2)]);
    const file = join(folder, digest.slice(2));
    expect(await readFile(file, 'utf8')).toBe('secretless but private');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('names the place when the file system refuses', async () => {
    const file = join(root, 'a file');
    await writeFile(file, '');
    await chmod(file, 0o600);
    const error = await failure(openStore(`dir://${encodeURI(file)}`).put('x'));
    expect(error.info).toMatchObject({ code: 'MW-STORE-UNAVAILABLE', cause: 'infrastructure' });
    expect(error.info.message).toContain(file);
  });
});

describe('a PostgreSQL store', () => {
  it('asks for its set-up instead of making tables by itself', async () => {
    const store = openStore(await cluster.database());
    expect(await store.pendingMigrations()).toEqual(['create table millwright_store']);
    expect((await failure(store.put('x'))).info.code).toBe('MW-STORE-SCHEMA');
    await store.close();
  });

  it('hides the password when nobody answers', async () => {
    const store = openStore('postgres://mill:hunter2@127.0.0.1:1/none');
    const error = await failure(store.get(sha256Hex('x')));
    expect(error.info).toMatchObject({ code: 'MW-STORE-UNAVAILABLE', cause: 'infrastructure' });
    expect(error.retryable).toBe(true);
    expect(error.info.message).toContain('postgres://mill@127.0.0.1:1/none');
    expect(error.info.message).not.toContain('hunter2');
    await store.close();
  });
});

describe('openStore', () => {
  it.each(['', 'store', '/var/lib/store', 'file:///x', 'dir://relative/path', 'dir:///', 's3://bucket'])(
    'refuses %j and says what to write',
    (url) => {
      expect(() => openStore(url)).toThrow(MillwrightError);
      expect(() => openStore(url)).toThrow(/names no store/);
    },
  );
});
