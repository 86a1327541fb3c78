import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { playbookOf } from '../../../src/activities/playbook.js';
import { bundleTar, encodeAnswer } from '../../../src/bundle/index.js';
import { loadFleet } from '../../../src/manifest/index.js';
import type { Bundle, Step } from '../../../src/model/index.js';
import { compile } from '../../../src/plan/index.js';

const fleet = `version: 1
fleet: shop
uid: 01JZB2V5Q8K4T7W9X3C6D1E0FA
environments: {dev: {default: true}}
sites: {main: {provider: qemu}}
images: {debian12: {build: {suite: bookworm}}}
secrets: {token: {env: TOKEN}}
groups: {web: {count: 1, site: main, image: debian12, size: {cpus: 1, memory: 512MiB, disk: 4GiB}, config: web}}
configs:
  web:
    resources:
      - ansible: base
        playbook: ops/site.yml
        roles: ops/roles
        files: shared
        requirements: ops/requirements.yml
        vars: {token: "\${{ secrets.token }}", ports: [80, 443], nested: {key: "x-\${{ secrets.token }}"}}
      - puppet: greeting
        manifest: puppet/site.pp
        modules: puppet/modules
        hiera: puppet/hiera
`;

const files: Readonly<Record<string, string>> = {
  'ops/site.yml': '- hosts: all\n  roles: [page]\n',
  'ops/roles/page/tasks/main.yml': '- debug: {msg: "{{ token }}"}\n',
  'ops/requirements.yml': 'roles: []\n',
  'shared/templates/page.j2': '{{ token }}\n',
  'puppet/site.pp': 'include page\n',
  'puppet/modules/page/manifests/init.pp': 'class page {}\n',
  'puppet/hiera/hiera.yaml': 'version: 5\n',
};

describe('playbooks and manifests as steps', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mw-adapters-'));
    for (const [path, text] of Object.entries({ 'fleet.yaml': fleet, ...files })) put(path, text);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const put = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text, { mode });
  };
  const bundle = async (): Promise<Bundle> => {
    const loaded = await loadFleet({ dir });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const compiled = compile(loaded.fleet, {});
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    const [first] = compiled.bundles.values();
    return first as Bundle;
  };
  const steps = async (): Promise<readonly [Step, Step]> => (await bundle()).steps as unknown as [Step, Step];

  it('neither can be undone, and only the playbook needs a site', async () => {
    const [ansible, puppet] = await steps();
    expect(ansible).toMatchObject({ id: 'ansible:base', undo: 'none', pushOnly: true, slots: ['token'] });
    expect(puppet).toMatchObject({ id: 'puppet:greeting', undo: 'none', slots: [] });
    expect(puppet.pushOnly).toBeUndefined();
  });

  it.each(Object.keys(files))('another %s is another step', async (path) => {
    const hashes = async () => (await steps()).map(({ hash }) => hash);
    const before = await hashes();
    put(path, `${files[path]}# more\n`);
    const after = await hashes();
    expect(after.filter((hash, index) => hash !== before[index])).toHaveLength(1);
  });

  it('the site reads the playbook out of the bundle, with late values filled in', async () => {
    put('ops/roles/page/files/run.sh', '#!/bin/sh\n', 0o755);
    const tar = bundleTar(await bundle());
    const slot = { name: 'token', secret: true, fingerprint: 'hmac', value: 'hush "1"' };
    const playbook = playbookOf(tar, 'ansible:base', [slot]);
    expect(playbook).toMatchObject({
      ...{ playbook: 'ops/site.yml', roles: 'ops/roles', secrets: ['hush "1"'], timeoutMs: 3_600_000 },
      vars: { token: 'hush "1"', ports: [80, 443], nested: { key: 'x-hush "1"' } },
    });
    expect(Buffer.from(playbook.requirements ?? []).toString()).toBe('roles: []\n');
    expect(
      Object.fromEntries(
        playbook.files.map((one) => [one.path, [Buffer.from(one.bytes).toString(), one.executable]]),
      ),
    ).toEqual({
      'ops/site.yml': [files['ops/site.yml'], false],
      'ops/roles/page/tasks/main.yml': [files['ops/roles/page/tasks/main.yml'], false],
      'ops/roles/page/files/run.sh': ['#!/bin/sh\n', true],
      'ops/templates/page.j2': ['{{ token }}\n', false],
    });
    expect(Buffer.from(tar).includes('hush')).toBe(false);
    expect(() => playbookOf(tar, 'ansible:other', [])).toThrow('no step of ansible:other');
  });

  it('a file that the fleet lacks is named', async () => {
    rmSync(join(dir, 'puppet/site.pp'));
    const loaded = await loadFleet({ dir });
    expect(loaded.ok ? [] : loaded.problems.map((one) => one.path)).toEqual([
      'configs.web.resources[1].manifest',
    ]);
  });

  it('what came of a step goes to the machine as lines that a shell reads as they stand', () => {
    const tasks = [{ name: 'a\tb', state: 'changed', at: '', reason: 'said\n"two"' }] as const;
    expect(
      encodeAnswer({ state: 'failed', code: 'MW-X', exit: 2, reason: 'no\\n', output: 'one\n\ntwo', tasks }),
    ).toBe(
      'task\tchanged\t-\ta b\tsaid "two"\noutput\tone\noutput\ttwo\nverdict\tfailed\tMW-X\t2\tno\\n\nend\n',
    );
  });
});
