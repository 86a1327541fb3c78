import { readdirSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Digest, digestOf, type ImageSpec, sha256Hex } from '../../../model/index.js';
import { failure } from '../fail.js';

/** Folders of the scripts that build images and of those that go into them. */
export const buildDir = fileURLToPath(new URL('.', import.meta.url));
export const guestDir = fileURLToPath(new URL('../guest', import.meta.url));

/** Kernel and busybox of the micro image. */
export const microSuite = 'bookworm';

/** What every Debian image needs to boot, be reached and be provisioned. */
export const basePackages = [
  'systemd-sysv',
  'udev',
  'dbus',
  'kmod',
  'iproute2',
  'openssh-server',
  'ca-certificates',
  'e2fsprogs',
];

export const partPackages = [
  'linux-image-cloud-amd64',
  'busybox-static',
  'dropbear-bin',
  'e2fsprogs',
  'passwd',
  'util-linux',
  'libc-bin',
];

/** Digests of scripts: those of the build by name, those for the guest by the start of their names. */
const scripts = (build: string, ...guest: readonly string[]): Record<string, Digest> => {
  const inGuest = readdirSync(guestDir).filter((name) => guest.some((prefix) => name.startsWith(prefix)));
  const paths = [join(buildDir, build), ...inGuest.sort().map((name) => join(guestDir, name))];
  return Object.fromEntries(paths.map((path) => [basename(path), sha256Hex(readFileSync(path))]));
};

const recipe = (value: object): Digest => digestOf('millwright.image.v1', value);

export const partsRecipe = (suite: string): Digest =>
  recipe({ kind: 'parts', suite, packages: partPackages, scripts: scripts('parts.sh', 'initrd') });

/** Names an image in the cache: everything that decides its content, so that a changed script makes a new one. */
export async function imageRecipe(spec: ImageSpec): Promise<Digest> {
  switch (spec.kind) {
    case 'micro':
      return recipe({
        kind: 'micro',
        parts: partsRecipe(microSuite),
        scripts: scripts('micro.sh', 'micro', 'seed'),
      });
    case 'build':
      return recipe({
        kind: 'build',
        suite: spec.suite,
        packages: [...new Set([...basePackages, ...spec.include])].sort(),
        parts: partsRecipe(spec.suite),
        scripts: scripts('debian.sh', 'millwright-seed', 'seed'),
      });
    case 'path':
      return recipe({
        kind: 'path',
        ...(await contentOf(spec.path)),
        sha256: spec.sha256,
        sha512: spec.sha512,
      });
    case 'existing':
      throw notMade();
    case 'url':
      return recipe({ kind: 'url', url: spec.url, sha256: spec.sha256, sha512: spec.sha512 });
  }
}

/** A file of another size or time is another image: reading gigabytes at every look would cost seconds. */
async function contentOf(path: string): Promise<object> {
  const { size, mtimeMs } = await stat(path).catch((error) => {
    throw failure('MW-IMAGE-ABSENT', `the image file ${path} can't be read: ${error.code}`, {
      cause: 'change',
      remedy: 'correct `path` of the image; it is read on the host of the site',
      error,
    });
  });
  return { path, size, mtimeMs };
}

/** What plans say of machines that exist already: such a plan is another provider's. */
export const notMade = () =>
  failure('MW-SITE-MISROUTED', 'a machine that exists already is not made here', { cause: 'change' });
