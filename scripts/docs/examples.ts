import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFleet } from '../../src/manifest/index.js';
import type { Step, UndoKind } from '../../src/model/index.js';
import { compile } from '../../src/plan/index.js';
import type { Shown } from './resources.js';

const folder = new URL('../../test/fixtures/examples-of-types/', import.meta.url).pathname;

/** A fleet of one machine, with what examples refer to. */
const frame = `version: 1
fleet: shop
uid: 01JZB2V5Q8K4T7W9X3C6D1E0FA
environments: {dev: {default: true}}
sites: {main: {provider: qemu}}
images: {debian12: {build: {suite: bookworm}}}
networks: {shop: {cidr: 10.77.0.0/24}}
vars: {domain: shop.example}
secrets: {deployHash: {env: DEPLOY_HASH}, dbPassword: {env: DB_PASSWORD}, token: {env: TOKEN}}
people:
  platform: {keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBNNd7PFTEazhYlLmDWXWf0r+hbdyMOt1jkSlU+gBsHk platform@shop.example"]}
  oncall: {keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBNNd7PFTEazhYlLmDWXWf0r+hbdyMOt1jkSlU+gBsHk oncall@shop.example"]}
defaults: {site: main, image: debian12, size: {cpus: 1, memory: 512MiB, disk: 4GiB}}
groups: {web: {count: 1, addresses: {shop: 10.77.0.20}, config: web}}
configs:
  web:
    resources:
`;

/** The example of a type as written, loaded and compiled as a fleet's would be; throws what \`validate\` would say. */
export async function example(type: string): Promise<Shown> {
  const yaml = readFileSync(join(folder, `${type}.yaml`), 'utf8');
  const steps = (await compiled(yaml)).filter((step) => step.type === type);
  const kinds = [...new Set(steps.map((step) => step.undo))];
  if (kinds.length === 0) throw new Error(`the example of ${type} has no resource of its type`);
  return { yaml, undo: worst(kinds) };
}

const worst = (kinds: readonly UndoKind[]): UndoKind =>
  kinds.includes('none') ? 'none' : kinds.includes('best-effort') ? 'best-effort' : 'exact';

async function compiled(yaml: string): Promise<readonly Step[]> {
  const dir = mkdtempSync(join(tmpdir(), 'mw-example-'));
  try {
    const files = join(folder, 'files');
    if (existsSync(files)) cpSync(files, join(dir, 'files'), { recursive: true });
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'fleet.yaml'), frame + yaml.replace(/^(?=.)/gm, '      '));
    const loaded = await loadFleet({ dir });
    if (!loaded.ok) throw new Error(loaded.problems.map((one) => `${one.path}: ${one.message}`).join('\n'));
    const result = compile(loaded.fleet, {});
    if (!result.ok) throw new Error(result.problems.map((one) => `${one.path}: ${one.message}`).join('\n'));
    return [...result.bundles.values()].flatMap((bundle) => bundle.steps);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
