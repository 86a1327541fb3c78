import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatProblem, loadFleet } from '../../../src/manifest/index.js';
import { compile } from '../../../src/plan/index.js';

const fleet = `version: 1
fleet: shop
uid: 01JZB2V5Q8K4T7W9X3C6D1E0FA
include: [web.yaml]
secrets: {dbPassword: {env: PW}}
sites: {main: {provider: qemu}}
images: {debian12: {build: {suite: bookworm}}}
vars: {domain: shop.localhost}
defaults: {site: main, image: debian12}
groups:
  web:
    count: 2
    size: {cpus: 1, memory: 384MiB, disk: 2GiB}
    config: web
environments:
  dev: {default: true}
`;
const web = `configs:
  web:
    resources:
      - file: /etc/motd
        content: |
          Welcome to \${{ machine.nam }}
          on \${{ vars.domian }}
      - file: /etc/one
        content: at \${{ vars.domian }}
      - file: /etc/two
        template: files/two.conf
      - command: three
        env: {A: "\${{ secrets.dbPassword | upcase }}"}
        run: env
        always: true
      - link: /etc/four
        to: /etc/\${{ secrets.dbPassword }}
`;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mw-places-'));
  await mkdir(join(dir, 'files'));
  await writeFile(join(dir, 'fleet.yaml'), fleet);
  await writeFile(join(dir, 'web.yaml'), web);
  await writeFile(join(dir, 'files/two.conf'), 'fine\n${% iff x %}\n');
});
afterAll(() => rm(dir, { recursive: true }));

it('points at every mistake in the files as people wrote them', async () => {
  const loaded = await loadFleet({ dir });
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  const result = compile(loaded.fleet, {});
  expect(result.ok ? [] : result.problems.map(formatProblem)).toEqual([
    [
      'files/two.conf:2:1  configs.web.resources[2].template',
      '    There is no tag iff.',
      '    Did you mean if?',
    ].join('\n'),
    [
      'web.yaml:6:26  configs.web.resources[0].content',
      '    machine.nam is not defined.',
      '    Did you mean machine.name?',
    ].join('\n'),
    [
      'web.yaml:7:18  configs.web.resources[0].content',
      '    vars.domian is not defined.',
      '    Did you mean vars.domain?',
    ].join('\n'),
    [
      'web.yaml:9:25  configs.web.resources[1].content',
      '    vars.domian is not defined.',
      '    Did you mean vars.domain?',
    ].join('\n'),
    [
      'web.yaml:13:18  configs.web.resources[3].env.A',
      '    secrets.dbPassword is known only when the step runs: no filter, condition or loop can look at it.',
      '    Print it as it is: ${{ secrets.dbPassword }}.',
    ].join('\n'),
    [
      'web.yaml:17:13  configs.web.resources[4].to',
      '    to must be known when the plan is made, but dbPassword is known only when the step runs.',
      '    Late values can stand in content, template, env and stdin.',
    ].join('\n'),
  ]);
});
