import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainKey } from '../../../src/cli/explain.js';
import { planDocument } from '../../../src/cli/planDocument.js';
import type { LoadedFleet } from '../../../src/manifest/index.js';
import { type Compiled, compile } from '../../../src/plan/index.js';
import { plain, renderPlan } from '../../../src/report/index.js';
import { loaded, withFiles } from '../manifest/helpers.js';

const page = readFileSync(new URL('../../../docs/manifest.md', import.meta.url), 'utf8');
const section = page.slice(page.indexOf('\n## Rollouts\n'), page.indexOf('\n## Resources\n'));
const blocks = (language: string): string[] =>
  [...section.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, name, text = '']) =>
    name === language ? [text] : [],
  );

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBNNd7PFTEazhYlLmDWXWf0r+hbdyMOt1jkSlU+gBsHk';
const around = (difference: string): string => `version: 1
fleet: shop
uid: 01JZB2V5Q8K4T7W9X3C6D1E0FA
people: {platform: {keys: ["${key} a"]}, oncall: {keys: ["${key} b"]}}
sites: {main: {provider: qemu}}
images: {micro: {build: micro}}
defaults: {site: main, image: micro, size: {cpus: 1, memory: 128MiB, disk: 256MiB}}
configs: {lb: {}, web: {}}
environments:
  dev: {default: true}
  prod:
    differences:
${difference}
`;

const [example = '', difference = ''] = blocks('yaml');
const fleet = (environment: string): Promise<LoadedFleet> =>
  withFiles({ 'fleet.yaml': `${around(difference)}${example}` }, (dir) => loaded(dir, environment));

/** What `plan` prints of a fleet of which no machine exists. */
function shown(of: LoadedFleet, compiled: Compiled, at: string): string {
  const { fleet: name, uid, environment } = of.manifest;
  const prepared = {
    ...{ fleet: of, compiled, base: {}, commit: null, bytes: {} },
    environment: { fleet: name, fleetUid: uid, environment },
  };
  const document = planDocument({ prepared, looks: '', allowDestroy: false, items: () => [], at });
  return renderPlan(document, Date.parse(at), plain);
}

describe('rollouts in docs/manifest.md', () => {
  it('are declared by an example that loads without a warning, in which an environment may differ', async () => {
    expect((await fleet('dev')).warnings).toEqual([]);
    const { gates, groups } = (await fleet('prod')).manifest;
    expect(gates).toMatchObject([{ before: 'rollout', approvals: 1 }]);
    expect(groups.web?.rollout).toMatchObject({ batches: [1, '100%'], soakMs: 600_000 });
  });

  it('are shown as plan prints them', async () => {
    const of = await fleet('dev');
    const compiled = compile(of, {});
    if (!compiled.ok) throw new Error('problems');
    const [text = ''] = blocks('text');
    const rules = text.slice(text.indexOf('Order'));
    expect(shown(of, compiled, '2026-12-02T11:48:00.000Z')).toContain(`\n${rules}\n`);
  });

  it.each([
    ...['batches', 'soak', 'maxParallel', 'maxFailed', 'order', 'surge', 'watch'].map(
      (key) => `groups.web.rollout.${key}`,
    ),
    ...['at', 'run', 'settle', 'timeout'].map((key) => `groups.web.around.drain.${key}`),
    ...['before', 'after', 'group', 'approvals', 'from', 'timeout', 'onTimeout', 'unsigned', 'external'].map(
      (key) => `gates[0].${key}`,
    ),
    ...['days', 'from', 'to', 'zone', 'startBy', 'atClose'].map((key) => `windows[0].${key}`),
    ...['from', 'to', 'zone', 'because', 'atStart'].map((key) => `freezes[0].${key}`),
    ...['rollout', 'rollout.maxFailed', 'gates', 'windows', 'freezes', 'groups.web.around'],
    ...['reconcile', 'reconcile.every', 'reconcile.mode', 'reconcile.maxMachines'],
  ])('%s is explained', (key) => {
    expect(explainKey(key).split('\n')[1]).toMatch(/^ {4}\S.*[.]$/);
  });
});
