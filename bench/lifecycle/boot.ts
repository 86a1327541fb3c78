import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SiteDeps } from '../../src/activities/index.js';
import type { ImageSpec, MachineShape } from '../../src/model/index.js';
import { ensureImage } from '../../src/providers/qemu/images/cache.js';
import { type Layout, layoutOf } from '../../src/providers/qemu/layout.js';
import { loadSettings } from '../../src/settings.js';
import { openStore } from '../../src/store/open.js';
import { openSite } from '../../src/worker/site.js';
import { load } from '../support/host.js';
import { median, medianRatio, rounded } from '../support/statistics.js';
import { type BareBoot, bareBoot, type Twin, twinOf } from './bare.js';
import { createToReady, destroy, type Ready } from './product.js';

export type ImageName = 'micro' | 'debian';

/** ms; medians over the pairs, the ratio is taken pair by pair. */
export interface BootReport {
  readonly image: ImageName;
  readonly pairs: readonly { readonly product: number; readonly bare: number; readonly load: number }[];
  readonly createToReady: number;
  readonly create: number;
  readonly bareBoot: number;
  readonly bareBanner: number;
  readonly ratio: number;
}

const images: Readonly<Record<ImageName, { image: ImageSpec; memoryMiB: number; diskMiB: number }>> = {
  micro: { image: { name: 'micro', kind: 'micro' }, memoryMiB: 128, diskMiB: 256 },
  debian: {
    image: { name: 'debian12', kind: 'build', suite: 'bookworm', include: [] },
    memoryMiB: 512,
    diskMiB: 2048,
  },
};

interface Bench {
  readonly dir: string;
  readonly deps: SiteDeps;
  readonly layout: Layout;
  readonly shape: MachineShape;
  /** Disk of the image that both sorts of machines are clones of. */
  readonly disk: string;
}

interface Pair {
  readonly product: Ready;
  readonly bare: BareBoot;
  readonly load: number;
}

export async function measureBoot(
  dir: string,
  name: ImageName,
  pairs: number,
  say: (line: string) => void,
): Promise<BootReport> {
  const bench = await open(dir, name, say);
  try {
    await measurePair(bench, 0);
    const measured: Pair[] = [];
    for (let n = 1; n <= pairs; n++) {
      const pair = await measurePair(bench, n);
      say(describe(pair));
      measured.push(pair);
    }
    return reportOf(name, measured);
  } finally {
    await bench.deps.ssh.close();
  }
}

/** The product's own site in a state directory of its own; images are shared with the tests, as building takes minutes. */
async function open(dir: string, name: ImageName, say: (line: string) => void): Promise<Bench> {
  const cache = join(process.env.MILLWRIGHT_TEST_STATE ?? join(tmpdir(), 'millwright-test'), 'images');
  const state = join(dir, 's');
  mkdirSync(cache, { recursive: true });
  mkdirSync(state);
  symlinkSync(cache, join(state, 'images'));
  const store = openStore(`dir://${join(dir, 'store')}`);
  const deps = openSite(loadSettings({ state }), 'main', store);
  const { image, ...size } = images[name];
  const shape: MachineShape = { cpus: 1, ...size, image, disks: [], nics: [], publish: [] };
  const { disk } = await ensureImage(image, { cache, progress: ({ step }) => say(step) });
  return { dir, deps, layout: layoutOf(realpathSync(state)), shape, disk };
}

async function measurePair({ dir, deps, layout, shape, disk }: Bench, n: number): Promise<Pair> {
  const [before, bareDir] = [load(), join(dir, `bare-${n}`)];
  const product = await createToReady(deps, shape, n);
  const twin: Twin = await twinOf(layout, product.instance, product.hostKey, bareDir);
  await destroy(deps, product.instance);
  const { privateKey } = await deps.keystore.loginKey();
  const bare = await bareBoot(twin, { disk, diskMiB: shape.diskMiB }, bareDir, privateKey);
  return { product, bare, load: before };
}

function reportOf(image: ImageName, pairs: readonly Pair[]): BootReport {
  const middle = (pick: (pair: Pair) => number): number => Math.round(median(pairs.map(pick)));
  return {
    image,
    pairs: pairs.map(({ product, bare, ...one }) => ({
      product: Math.round(product.ms),
      bare: Math.round(bare.ms),
      ...one,
    })),
    createToReady: middle(({ product }) => product.ms),
    create: middle(({ product }) => product.createMs),
    bareBoot: middle(({ bare }) => bare.ms),
    bareBanner: middle(({ bare }) => bare.bannerMs),
    ratio: rounded(medianRatio(pairs.map(({ product, bare }) => [product.ms, bare.ms])), 3),
  };
}

const describe = ({ product, bare, load }: Pair): string =>
  [
    `create → ready ${Math.round(product.ms)} ms (create ${Math.round(product.createMs)})`,
    `bare boot → login ${Math.round(bare.ms)} ms (banner ${Math.round(bare.bannerMs)})`,
    `ratio ${(product.ms / bare.ms).toFixed(3)}`,
    `load ${load}`,
  ].join('   ');
