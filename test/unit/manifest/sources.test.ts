import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundleTar } from '../../../src/bundle/index.js';
import { type Bundle, sha256Hex } from '../../../src/model/index.js';
import { compile, partsText, renderBundle } from '../../../src/plan/index.js';
import { complaints, loaded, minimal, withFiles } from './helpers.js';

const fleetOf = (resources: string): string => `${minimal}sites: {main: {provider: qemu}}
images: {micro: {build: micro}}
defaults: {site: main, image: micro, size: {cpus: 1, memory: 128MiB, disk: 256MiB}}
groups: {web: {config: web}}
configs:
  web:
    resources:
${resources}`;
const blob = fleetOf('      - {file: /etc/blob, source: files/blob}\n');
const site = fleetOf('      - {directory: /srv/site, source: files/site}\n');

async function bundleOf(dir: string): Promise<Bundle> {
  const result = compile(await loaded(dir), {});
  if (!result.ok) throw new Error(result.problems.map((one) => one.message).join('\n'));
  return [...result.bundles.values()][0] as Bundle;
}

describe('a source', () => {
  it.each([
    ['binary', Buffer.from([0, 255, 254, 1, 2, 10])],
    ['text with a byte order mark', Buffer.from('\ufeffx\r\n')],
    ['what looks like a slot', Buffer.from('a\u0001mw-slot:pw\u0002b')],
    ['text', Buffer.from('${{ fleet }}\n')],
  ])('that is %s is carried byte for byte', (_, bytes) =>
    withFiles({ 'fleet.yaml': blob, 'files/blob': bytes }, async (dir) => {
      const bundle = await bundleOf(dir);
      expect(bundle.slots).toEqual([]);
      const [content] = Object.values(bundle.steps[0]?.files ?? {});
      expect(Buffer.from(content ?? '')).toEqual(bytes);
      expect(Buffer.from(bundleTar(bundle)).includes(bytes)).toBe(true);
    }),
  );

  it('that is binary is shown by its digest and size', () =>
    withFiles({ 'fleet.yaml': blob, 'files/blob': Buffer.from([0, 1]) }, async (dir) => {
      const text = partsText(renderBundle(await bundleOf(dir)));
      expect(text).toContain(`  content ${sha256Hex(Buffer.from([0, 1]))}\n  bytes 2\n`);
    }));

  it('larger than a fleet may carry is refused by its size', () =>
    withFiles({ 'fleet.yaml': blob, 'files/blob': Buffer.alloc((8 << 20) + 1) }, async (dir) => {
      expect(await complaints(dir)).toContain('8388609 bytes: a file of a fleet has at most 8388608.');
    }));
});

describe('a tree', () => {
  const files = { 'fleet.yaml': site, 'files/site/z': 'z', 'files/site/a b/c': Buffer.from([0]) };

  it('has its files in order, with their permission to be run, links as what they lead to', () =>
    withFiles(files, async (dir) => {
      await chmod(join(dir, 'files/site/z'), 0o755);
      await symlink('../site/z', join(dir, 'files/site/m'));
      const { trees } = await loaded(dir);
      expect(trees['files/site']).toEqual([
        { path: 'a b/c', executable: false, bytes: new Uint8Array([0]) },
        { path: 'm', executable: true, bytes: new Uint8Array([122]) },
        { path: 'z', executable: true, bytes: new Uint8Array([122]) },
      ]);
      const [step] = (await bundleOf(dir)).steps;
      expect(step?.script).toContain("755 'z'");
    }));

  it('is part of the revision: contents, names and whether they are run', () =>
    withFiles(files, async (dir) => {
      const revisions = [(await loaded(dir)).revision];
      await chmod(join(dir, 'files/site/z'), 0o755);
      revisions.push((await loaded(dir)).revision);
      await writeFile(join(dir, 'files/site/z'), 'y');
      revisions.push((await loaded(dir)).revision);
      await mkdir(join(dir, 'files/site/empty'));
      expect((await loaded(dir)).revision).toBe(revisions[2]);
      await writeFile(join(dir, 'files/site/new'), '');
      revisions.push((await loaded(dir)).revision);
      expect(new Set(revisions).size).toBe(4);
    }));

  it('with a link that leads out of the fleet, or to a folder, is refused by name', () =>
    withFiles(files, async (dir) => {
      await symlink('/etc/passwd', join(dir, 'files/site/out'));
      expect(await complaints(dir)).toContain(
        '"files/site/out" is a link to /etc/passwd, outside the fleet\'s directory.',
      );
      await withFiles(files, async (other) => {
        await symlink('a b', join(other, 'files/site/folder'));
        expect(await complaints(other)).toContain('"files/site/folder" is not a regular file.');
      });
    }));

  it('that is a file, is not there, or is too much is refused', async () => {
    await withFiles({ 'fleet.yaml': site, 'files/site': 'x' }, async (dir) =>
      expect(await complaints(dir)).toContain('"files/site" is not a folder.'),
    );
    await withFiles({ 'fleet.yaml': site, 'files/sites/a': 'x' }, async (dir) =>
      expect(await complaints(dir)).toContain('There is no file "files/site".'),
    );
    const many = Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`files/site/${i}`, '']));
    await withFiles({ 'fleet.yaml': site, ...many }, async (dir) =>
      expect(await complaints(dir)).toContain(
        '"files/site" has 2001 files: a folder of a fleet has at most 2000.',
      ),
    );
  });
});
