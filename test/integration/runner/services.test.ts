import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { journalFailure } from '../../../src/bundle/index.js';
import { type Box, openBox } from './box.js';
import { file, reload, restart, service } from './resources.js';
import { ending, makeTarget, story, type Target } from './target.js';

const unit = (start: string, more = ''): string =>
  `[Service]\nExecStart=${start}\n${more}\n[Install]\nWantedBy=multi-user.target\n`;

describe('services under systemd', () => {
  let box: Box;
  let target: Target;
  let runs = 0;
  const next = (purpose = 'apply'): string => `u/m/${purpose}/${++runs}`;
  const units: Readonly<Record<string, string>> = {
    'mw-plain': unit('/bin/sleep infinity'),
    'mw-reloads': unit('/bin/sleep infinity', 'ExecReload=/bin/touch /srv/reloaded'),
    'mw-dies': unit('/bin/sh -c "echo cannot bind >&2; sleep 0.3; exit 1"'),
    'mw-whole': unit('/bin/true', 'Type=oneshot\nRemainAfterExit=yes').replace(
      '[Service]',
      '[Unit]\nWants=mw-part.service\n[Service]',
    ),
    'mw-part': `[Unit]\nPartOf=mw-whole.service\n${unit('/bin/sh -c "! test -e /srv/broken && exec sleep infinity"')}`,
  };

  beforeAll(async () => {
    box = await openBox('systemd');
    target = await makeTarget(box);
    for (const [name, text] of Object.entries(units))
      await box.put(`/etc/systemd/system/${name}.service`, text, '644');
    await box.sh('mkdir -p /srv; until systemctl daemon-reload 2>/dev/null; do sleep 0.2; done');
  });
  afterAll(() => box.close());
  const unchecked = (name: string) => service(name, { enabled: true, settleMs: 1000 });

  test('a unit is started and enabled, and then there is nothing to do', async () => {
    const packed = await target.load([unchecked('mw-plain')]);
    const done = await target.run(packed, next());
    expect(journalFailure(done.journal)).toBeUndefined();
    expect(done.journal.map((line) => line.reason).slice(1, 3)).toEqual([
      'inactive, not enabled',
      'enabled, started',
    ]);
    const look = await target.run(packed, next('check'), { purpose: 'check' });
    expect(look.journal[1]).toMatchObject({ state: 'ok', reason: 'active, enabled' });
    const off = await target.load([service('mw-plain', { running: false })]);
    expect((await target.run(off, next())).journal[2]?.reason).toBe('disabled, stopped');
  });

  test('facts of several units at once are not mixed up', async () => {
    await box.sh('systemctl start mw-reloads; systemctl stop mw-plain');
    const packed = await target.load([
      service('mw-reloads', { enabled: false }),
      service('mw-plain', { running: false }),
      unchecked('mw-nowhere'),
    ]);
    const look = await target.run(packed, next('check'), { purpose: 'check' });
    expect(look.journal.slice(1, 4).map(({ state, code }) => [state, code])).toEqual([
      ['ok', undefined],
      ['ok', undefined],
      ['failed', 'MW-SERVICE-UNKNOWN'],
    ]);
  });

  test('a unit that dies after its start is a failure, with what its journal said', async () => {
    const done = await target.run(await target.load([unchecked('mw-dies')]), next());
    expect(journalFailure(done.journal)).toMatchObject({
      code: 'MW-SERVICE-INACTIVE',
      step: 'service:mw-dies',
    });
    expect(done.journal.find((line) => line.state === 'failed')?.reason).toMatch(
      /^mw-dies is failed 1 s after start/,
    );
  });

  test('reload reloads what can, and restarts what cannot', async () => {
    const done = await target.run(
      await target.load([
        file('/etc/r.conf', { content: '1', notify: [reload('mw-reloads'), reload('mw-plain')] }),
        service('mw-reloads'),
        service('mw-plain'),
      ]),
      next(),
    );
    expect(ending(done)).toBe('ok');
    expect(story(done)).toContain('changed service:mw-plain');
    const again = file('/etc/r.conf', { content: '2', notify: [reload('mw-reloads'), reload('mw-plain')] });
    const paid = await target.run(
      await target.load([again, service('mw-reloads'), service('mw-plain')]),
      next(),
    );
    expect(paid.journal.flatMap((line) => (line.state === 'paid' ? [line.reason] : []))).toEqual([
      'reloaded',
      'restarted, as it cannot reload',
    ]);
    expect(await box.sh('ls /srv/reloaded')).toBe('/srv/reloaded\n');
  });

  test('a unit that stands for others is only well when they are', async () => {
    const whole = service('mw-whole', { settleMs: 500 });
    expect(ending(await target.run(await target.load([whole]), next()))).toBe('ok');
    await box.sh('touch /srv/broken');
    const change = file('/etc/w.conf', { content: '1', notify: [restart('mw-whole')] });
    const done = await target.run(await target.load([change, whole]), next());
    expect(journalFailure(done.journal)?.message).toContain('its part mw-part.service failed');
    expect((await target.status()).debts).toEqual(['restart service:mw-whole']);
  });

  test('a masked unit is refused', async () => {
    await box.sh(
      'systemctl mask mw-part 2>/dev/null; ln -sf /dev/null /etc/systemd/system/mw-masked.service; systemctl daemon-reload',
    );
    const done = await target.run(await target.load([unchecked('mw-masked')]), next());
    expect(journalFailure(done.journal)).toMatchObject({ code: 'MW-SERVICE-MASKED' });
  });
});
