import { describe, expect, it } from 'vitest';
import type { ManifestResource } from '../../../src/manifest/types.js';
import { compile } from '../../../src/plan/index.js';
import { complaints, loaded, minimal, withFiles } from './helpers.js';

const fleet = (resources: string): string => `${minimal}sites: {main: {provider: qemu}}
images: {micro: {build: micro}}
defaults: {site: main, image: micro, size: {cpus: 1, memory: 128MiB, disk: 256MiB}}
groups: {web: {config: base, count: 2}}
configs:
  base:
    resources:
${resources.replace(/^/gm, '      ')}
`;

const resources = (text: string): Promise<readonly ManifestResource[]> =>
  withFiles({ 'fleet.yaml': fleet(text) }, async (dir) => {
    return (await loaded(dir)).manifest.configs.base?.resources ?? [];
  });

const refused = (text: string) => withFiles({ 'fleet.yaml': fleet(text) }, (dir) => complaints(dir));

/** Step id to intent, as the first machine gets them. */
const steps = (text: string, files: Record<string, string> = {}) =>
  withFiles({ 'fleet.yaml': fleet(text), ...files }, async (dir) => {
    const compiled = compile(await loaded(dir), {});
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    const [bundle] = compiled.bundles.values();
    return bundle?.steps ?? [];
  });

describe('each', () => {
  it('makes one resource for each scalar, map entry and named map', async () => {
    const scalars = await resources('- service: ${{ item }}\n  each: [nginx, cron]');
    expect(scalars.map(({ id }) => id)).toEqual(['service:nginx:nginx', 'service:cron:cron']);
    const entries = await resources(
      '- link: /srv/${{ item.at }}\n  to: /x\n  each: {a: {at: one}, b: {at: two}}',
    );
    expect(entries.map(({ id }) => id)).toEqual(['link:/srv/one:a', 'link:/srv/two:b']);
    const named = await resources(
      '- id: sites\n  file: /etc/${{ item.name }}\n  content: ""\n  each: [{name: a}]',
    );
    expect(named.map(({ id, item }) => [id, item])).toEqual([['sites:a', { name: 'a' }]]);
  });

  it('keeps the type of a value that stands alone, so that what is no text can come from an item', async () => {
    const [user] = await resources(
      '- user: ${{ item.name }}\n  system: ${{ item.system }}\n  groups: ${{ item.groups }}\n' +
        '  timeout: ${{ item.limit }}\n  each: [{name: a, system: true, groups: [www, ssh], limit: 5s}]',
    );
    expect(user).toMatchObject({ user: 'a', system: true, groups: ['www', 'ssh'], timeoutMs: 5000 });
  });

  it('gives filters, tags and templates the item, too', async () => {
    const made = await steps(
      '- file: /etc/${{ item.name | upcase }}\n  template: t\n  each: [{name: a, tls: true}, {name: b, tls: false}]',
      { t: '${% if item.tls %}tls ${% endif %}${{ item.name }}' },
    );
    expect(made.map(({ id, files }) => [id, ...Object.values(files)])).toEqual([
      ['file:/etc/A:a', 'tls a'],
      ['file:/etc/B:b', 'b'],
    ]);
  });

  it('leaves the variable of a loop alone that has the name item', async () => {
    const [step] = await steps(
      '- file: /etc/a\n  content: "${% for item in groups.web.machines %}${{ item.name }} ${% endfor %}"\n  each: [x]',
    );
    expect(Object.values(step?.files ?? {})).toEqual(['web-1 web-2 ']);
  });

  it('lets services of an item be notified', async () => {
    const [step] = await steps(
      '- file: /etc/${{ item }}.conf\n  content: x\n  notify: reload ${{ item }}\n  each: [a]\n' +
        '- service: ${{ item }}\n  each: [a, b]',
    );
    expect(step?.notify).toEqual([{ action: 'reload', step: 'service:a:a' }]);
  });

  it('of nothing makes nothing', async () => {
    expect(await resources('- service: ${{ item }}\n  each: []')).toEqual([]);
  });

  it('never enters shell', async () => {
    expect(await refused('- command: a\n  always: true\n  run: echo ${{ item }}\n  each: [x, y]')).toBe(
      'fleet.yaml:14:14  configs.base.resources[0].run\n' +
        '    An expression in "run" would be pasted into shell.\n' +
        '    Give the value a name under "env" and write "$NAME" here.\n' +
        '1 error in 1 file. Nothing was looked at, nothing changed.\n',
    );
  });

  it.each([
    ['- service: x\n  each: [a, a]', 'configs.base.resources[0].each[1]\n    "a" is there twice'],
    ['- service: x\n  each: [{a: 1}]', 'This item has nothing to call its resource by.'],
    ['- service: x\n  each: 5', 'each'],
    ['- service: ${{ item.nam }}\n  each: [{name: a}]', 'item.nam is not defined.\n    Did you mean "name"?'],
    ['- service: x${{ item }}\n  each: [{name: a}]', 'item is a map, which has no text.'],
    ['- service: ${{ item }}\n  each: [a]\n- service: a\n  id: service:a:a', 'is declared twice'],
  ])('%j is refused', async (text, message) => {
    expect(await refused(text)).toContain(message);
  });

  it('counts what it makes, and what stands after it keeps its path', async () => {
    const many = JSON.stringify(Array.from({ length: 2500 }, (_, i) => i));
    expect(await refused(`- link: /srv/\${{ item }}\n  to: /x\n  each: ${many}`)).toContain('at most 2000');
    const after = await refused('- link: /srv/${{ item }}\n  to: /x\n  each: [1, 2, 3]\n- link: /y');
    expect(after).toContain('fleet.yaml:15:9  configs.base.resources[1]\n    Nothing says where /y leads.');
  });
});

describe('when', () => {
  it('becomes part of what a step means', async () => {
    const [step, plain] = await steps(
      '- link: /a\n  to: /x\n  when: os.family == "debian"\n- link: /b\n  to: /x\n',
    );
    expect(step?.intent).toMatchObject({ when: 'os.family == "debian"' });
    expect(plain?.intent).not.toHaveProperty('when');
  });

  it('that cannot be read is refused where it stands, with what was meant', async () => {
    expect(await refused('- link: /a\n  to: /x\n  when: os.famly == "debian"')).toBe(
      'fleet.yaml:14:15  configs.base.resources[0].when\n    "os.famly" is no fact of a machine.\n' +
        '    Did you mean "os.family"?\n1 error in 1 file. Nothing was looked at, nothing changed.\n',
    );
  });

  it('is read after its expressions are rendered', async () => {
    const text = (family: string) =>
      `- link: /a\n  to: /x\n  when: 'os.family == "\${{ item | strip }}"'\n  each: ["${family} "]`;
    const [step] = await steps(text('debian'));
    expect(step?.intent).toMatchObject({ when: 'os.family == "debian"' });
    await expect(steps(text('dos'))).rejects.toThrow('os.family is never');
  });

  it('and a risky step are not retried', async () => {
    expect(await refused('- link: /a\n  to: /x\n  risky: true\n  retries: 2')).toContain(
      'is not tried again',
    );
  });
});

describe('a fact of another machine', () => {
  it('is a slot that is filled when the step runs, as it stands and nowhere else', async () => {
    const text = (content: string) => `- file: /etc/peer\n  content: ${JSON.stringify(content)}`;
    const [step] = await steps(
      text('${{ machines.web-2.facts.os.version }} ${{ machines.web-2.facts.hostname }}'),
    );
    expect(step?.slots).toEqual(['machines.web-2.facts.hostname', 'machines.web-2.facts.os.version']);
    await expect(steps(text('${{ machines.web-2.facts.hostname | upcase }}'))).rejects.toThrow(
      'machines.web-2.facts.hostname is known only when the step runs',
    );
    await expect(steps(text('${{ machines.web-2.facts.hostnam }}'))).rejects.toThrow(
      'Did you mean machines.web-2.facts.hostname?',
    );
  });

  it('has the kind fact in the bundle, and is no part of the machine as JSON', async () => {
    const compiled = await withFiles(
      { 'fleet.yaml': fleet('- file: /a\n  content: ${{ machines.web-2.facts.address }}') },
      async (dir) => compile(await loaded(dir), {}),
    );
    const slots = compiled.ok ? [...compiled.bundles.values()].flatMap((bundle) => bundle.slots) : [];
    const name = 'machines.web-2.facts.address';
    expect(slots).toEqual([{ name, kind: 'fact', machine: 'web-2', fact: 'address' }]);
  });
});

describe('vars', () => {
  it('hold maps and lists, which templates walk through', async () => {
    const made = await withFiles(
      {
        'fleet.yaml': `${fleet(
          '- file: /a\n  content: "${% for site in vars.sites %}${{ site.name }}:${{ site.ports | join: \'+\' }} ${% endfor %}${{ vars.limits.web.files }}"',
        )}vars: {sites: [{name: a, ports: [80, 443]}, {name: b, ports: [8080]}], limits: {web: {files: 1024}}}\n`,
      },
      async (dir) => compile(await loaded(dir), {}),
    );
    const [bundle] = made.ok ? [...made.bundles.values()] : [];
    expect(Object.values(bundle?.steps[0]?.files ?? {})).toEqual(['a:80+443 b:8080 1024']);
  });

  it('hold no expressions, which nobody would render', async () => {
    const found = await withFiles(
      { 'fleet.yaml': `${fleet('- link: /a\n  to: /b')}vars: {sites: [{url: "x \${{ fleet }}"}]}\n` },
      (dir) => complaints(dir),
    );
    expect(found).toContain('vars.sites[0].url\n    An expression in a var is never rendered.\n');
  });
});
