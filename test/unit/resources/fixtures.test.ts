import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runnerScript } from '../../../src/bundle/index.js';
import { compileResource, quote, type Resource, typeLibrary } from '../../../src/resources/index.js';
import { factKey } from '../../../src/resources/step.js';

const folder = new URL('../../fixtures/resources/', import.meta.url);

interface Fixture {
  readonly resource: Resource;
  /** `<kind> <key>` to what the sweep found; `passwd`, `group`, `hosts`: whole files. */
  readonly facts: Readonly<Record<string, string>>;
  readonly purpose?: string;
  readonly verdict: string;
  readonly reason: string;
  readonly code?: string;
  /** Programs that the machine has, beside the usual ones, and what each prints; undefined: those of this machine. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Whether systemd runs there, for types that ask. */
  readonly systemd?: boolean;
  /** Lines that the compiled script must hold. */
  readonly script?: readonly string[];
}

const types = await readdir(folder);
const cases = (
  await Promise.all(
    types.map(async (type) => (await readdir(new URL(type, folder))).map((name) => `${type}/${name}`)),
  )
).flat();

const whole: Readonly<Record<string, string>> = {
  passwd: 'passwd_text',
  group: 'group_text',
  shadow: 'shadow_text',
  hosts: 'hosts_text',
};

const factLine = ([name, value]: [string, string]): string => {
  const [kind = '', ...key] = name.split(' ');
  return `${whole[name] ?? `f_${kind}_${factKey(kind, key.join(' '))}`}=${quote(value)}`;
};

/** The compiled check as the runner runs it, with facts given instead of swept. */
const judge = (
  { resource, facts, purpose = 'apply', programs, systemd }: Fixture,
  home: string,
  script: string,
): string => `
set --
. ${home}/runner.sh
PATH=${programs ? `${home}/only:${home}/usual` : `${home}/bin:$PATH`}
state=${home}/state volatile=${home}/run rt=${home}/rt child_file=${home}/rt/child bundle_dir=${home}/bundle
purpose=${purpose} number=001 instance=box prints= cancelled= service_boot_state=
${typeLibrary(resource.type)}
systemd_dir=${systemd ? '/' : '/nowhere'}
${script}
${Object.entries(facts).map(factLine).join('\n')}
judge
printf '%s\\n' "$verdict" "$reason" "$code"
`;

const usual = ['cat', 'grep', 'rm', 'sed', 'setsid', 'sh', 'sleep', 'tail'];

async function putPrograms(folder: string, programs: Readonly<Record<string, string>>): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const [name, output] of Object.entries(programs))
    await writeFile(join(folder, name), `#!/bin/sh\nprintf '%s\\n' ${quote(output)}\n`, { mode: 0o755 });
}

describe.each(['dash', 'busybox ash'])('the checks of resources under %s', (shell) => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'mw-fixture-'));
    await execa('mkdir', [
      '-p',
      ...['bin', 'state/once', 'run', 'rt', 'bundle'].map((name) => join(home, name)),
    ]);
    for (const name of ['dpkg-query', 'apt-get'])
      await writeFile(join(home, 'bin', name), '#!/bin/sh\n', { mode: 0o755 });
    await mkdir(join(home, 'usual'));
    const { stdout: busybox } = await execa('sh', ['-c', 'command -v busybox']);
    for (const name of usual) await symlink(busybox, join(home, 'usual', name));
    await writeFile(join(home, 'runner.sh'), runnerScript().bytes);
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  test.each(cases)('%s', async (name) => {
    const fixture: Fixture = JSON.parse(await readFile(new URL(name, folder), 'utf8'));
    const step = compileResource(fixture.resource);
    for (const line of fixture.script ?? []) expect(step.script).toContain(line);
    const path = join(home, `${name.replace('/', '-')}.sh`);
    if (fixture.programs) await putPrograms(join(home, 'only'), fixture.programs);
    await writeFile(path, judge(fixture, home, step.script));
    const [program = '', ...args] = [...shell.split(' '), path];
    const { stdout, stderr } = await execa(program, args);
    const [verdict, reason, code] = stdout.split('\n');
    expect({ verdict, reason, code, stderr }).toEqual({
      ...{ verdict: fixture.verdict, reason: fixture.reason, code: fixture.code ?? '', stderr: '' },
    });
  });
});
