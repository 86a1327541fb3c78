import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { journalFailure } from '../../../src/bundle/index.js';
import { bootOpenrc } from '../../support/openrc.js';
import { type Box, openBox } from '../runner/box.js';
import { file, reload, service } from '../runner/resources.js';
import { ending, makeTarget, story, type Target } from '../runner/target.js';

/** A script of OpenRC's own, which Debian's update-rc.d refuses; a process is known by where its program really lies. */
const script = (more = ''): string => `#!/sbin/openrc-run
command=/usr/bin/sleep
command_args=3600
command_background=true
pidfile=/run/$RC_SVCNAME.pid
${more}`;
const reloads =
  'extra_started_commands="reload"\nreload() { echo "$RC_SVCNAME $(cat /etc/rc-test.conf)" >>/root/reloaded; }\n';

describe('services under OpenRC', () => {
  let box: Box;
  let target: Target;
  let runs = 0;
  const next = (purpose = 'apply'): string => `o/m/${purpose}/${++runs}`;
  const status = async (name: string): Promise<string> => {
    const { stdout } = await box.exec(['sh', '-c', `rc-service ${name} status; rc-update show default`]);
    return stdout.replace(/\s+/g, ' ');
  };

  beforeAll(async () => {
    box = await openBox('debian');
    await bootOpenrc(box);
    await box.put('/etc/init.d/rcplain', script(), '755');
    await box.put('/etc/init.d/rcreloads', script(reloads), '755');
    target = await makeTarget(box);
  });
  afterAll(() => box.close());

  test('one is started and put into a runlevel, then there is nothing to do, and a rollback takes that back', async () => {
    const wanted = await target.load([service('rcplain', { enabled: true })]);
    const done = await target.run(wanted, 'c/m/apply/1');
    expect(journalFailure(done.journal)).toBeUndefined();
    expect(story(done)).toEqual(['started service:rcplain', 'changed service:rcplain']);
    expect(await status('rcplain')).toMatch(/status: started.*rcplain \| default/);
    expect(story(await target.run(wanted, next()))).toEqual(['ok service:rcplain']);

    await box.sh('rc-service rcplain stop; rc-update del rcplain');
    const look = await target.run(wanted, next('check'), { purpose: 'check' });
    expect(look.journal[1]).toMatchObject({ state: 'differs', reason: 'inactive, not enabled' });
    await target.run(wanted, next());
    expect(await status('rcplain')).toMatch(/status: started.*rcplain \| default/);

    const empty = await target.load([]);
    const undo = { change: 'c', bytes: wanted.bytes };
    const back = await target.run(empty, 'c/m/rollback/1', { purpose: 'rollback', undo });
    expect(ending(back)).toBe('ok');
    expect(await status('rcplain')).toMatch(/status: stopped/);
    expect(await status('rcplain')).not.toMatch(/rcplain/);
  });

  test('one that must not run is stopped, and leaves every runlevel', async () => {
    await box.sh('rc-service rcplain start; rc-update add rcplain boot; rc-update add rcplain default');
    const off = await target.load([service('rcplain', { running: false, enabled: false })]);
    const done = await target.run(off, next());
    expect(journalFailure(done.journal)).toBeUndefined();
    expect(await box.sh('rc-update show -v | grep rcplain')).toMatch(/^\s*rcplain \|\s*$/);
    expect(await status('rcplain')).toMatch(/status: stopped/);
  });

  test('reload reloads what can, and restarts what cannot', async () => {
    const wanted = await target.load([
      file('/etc/rc-test.conf', { content: 'new', notify: [reload('rcreloads'), reload('rcplain')] }),
      service('rcreloads'),
      service('rcplain'),
    ]);
    await box.sh('rc-service rcreloads start; rc-service rcplain start');
    const done = await target.run(wanted, next());
    expect(journalFailure(done.journal)).toBeUndefined();
    expect(done.journal.filter((line) => line.state === 'paid').map((line) => line.reason)).toEqual([
      'reloaded',
      'restarted, as it cannot reload',
    ]);
    expect(await box.sh('cat /root/reloaded')).toBe('rcreloads new\n');
  });

  test('one that nobody knows is refused by name', async () => {
    const done = await target.run(await target.load([service('rcnowhere')]), next());
    expect(journalFailure(done.journal)).toMatchObject({
      code: 'MW-SERVICE-UNKNOWN',
      step: 'service:rcnowhere',
    });
  });
});
