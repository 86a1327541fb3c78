import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { factsArgv, parseFacts } from '../../../src/bundle/index.js';
import { type Box, openBox } from './box.js';
import { command, file, reload, service } from './resources.js';
import { ending, makeTarget, story, type Target } from './target.js';

describe.each(['busybox', 'debian'] as const)('attributes of every type on %s', (kind) => {
  let box: Box;
  let target: Target;
  let runs = 0;
  const family = kind === 'debian' ? 'debian' : 'alpine';
  beforeAll(async () => {
    box = await openBox(kind);
    target = await makeTarget(box);
    await box.sh('mkdir -p /srv/t');
    if (kind === 'busybox') await box.put('/etc/os-release', `NAME="Alpine"\nID=alpine\nVERSION_ID='3.20'\n`);
  });
  afterAll(() => box.close());
  const next = (purpose = 'apply'): string => `c/m/${purpose}/${++runs}`;

  test('facts are a closed list on one line', async () => {
    const { stdout } = await box.exec(factsArgv(target.runner));
    const facts = parseFacts(stdout);
    expect(facts).toMatchObject({
      ...{ 'os.family': family, 'os.id': family, init: 'other' },
      packageManager: kind === 'debian' ? 'apt' : 'none',
      architecture: (await box.sh('uname -m')).trim(),
      hostname: (await box.sh('cat /proc/sys/kernel/hostname')).trim(),
      cpus: Number(await box.sh('grep -c ^processor /proc/cpuinfo')),
    });
    expect(facts.memory).toBeGreaterThan(100);
    if (kind === 'busybox') expect(facts['os.version']).toBe('3.20');
  });

  test('a step whose condition does not hold is skipped, says why, and owes nothing', async () => {
    const other = family === 'debian' ? 'alpine' : 'debian';
    const packed = await target.load([
      file('/srv/t/here', { content: 'x', when: `os.family == "${family}" and not cpus < 1` }),
      file('/srv/t/there', {
        ...{ content: 'x', when: `os.family == "${other}"`, notify: [reload('mwtest')] },
      }),
      command('both', 'touch /srv/t/both', { always: true, when: 'os.family == "suse" or cpus > 4096' }),
      service('mwtest', { when: 'init == "openrc"', running: false }),
    ]);
    for (const purpose of ['check', 'apply'] as const) {
      const run = await target.run(packed, next(purpose), { purpose });
      expect(ending(run)).toBe('ok');
      const skipped = run.journal.filter(({ state }) => state === 'skipped');
      const cpus = (await box.sh('grep -c ^processor /proc/cpuinfo')).trim();
      expect(skipped.map(({ step, reason }) => `${step} ${reason}`)).toEqual([
        `file:/srv/t/there when os.family == "${other}": it is ${family}`,
        `command:both when os.family == "suse" or cpus > 4096: os.family is ${family}, cpus is ${cpus}`,
        'service:mwtest when init == "openrc": it is other',
      ]);
    }
    expect(await box.sh('ls /srv/t')).toBe('here\n');
    expect((await target.status()).debts).toEqual([]);
  });

  test('a debt to a service that is not for this machine is nothing to pay', async () => {
    const packed = await target.load([
      file('/srv/t/conf', { content: 'x', notify: [reload('mwtest')] }),
      service('mwtest', { when: 'init == "openrc"' }),
    ]);
    const run = await target.run(packed, next());
    expect(ending(run)).toBe('ok');
    expect(story(run)).toContain('paid service:mwtest');
    expect((await target.status()).debts).toEqual([]);
  });
});
