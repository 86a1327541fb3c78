import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { journalFailure } from '../../../src/bundle/index.js';
import type { ResolvedReboot } from '../../../src/resources/reboot.js';
import { type Box, type BoxKind, openBox } from './box.js';
import { file, restart, service } from './resources.js';
import { ending, makeTarget, story, type Target } from './target.js';

const reboot = (more: Partial<ResolvedReboot> = {}): ResolvedReboot => ({
  ...{ type: 'reboot', id: 'reboot:kernel', reboot: 'kernel', ifFileExists: '/run/reboot-required' },
  ...{ always: false, within: 600_000, notify: [] },
  ...more,
});

/** Waits until runs of a change have ordered so many reboots, and no more. */
async function ordered(box: Box, change: string, times: number): Promise<void> {
  const lines = `cat /var/lib/millwright/runs/${change}+*/journal 2>/dev/null | grep -c '"state":"rebooting"'`;
  await box.sh(`left=60; until [ "$(${lines})" = ${times} ]; do
    sleep 1; left=$((left - 1)); [ $left -gt 0 ] || exit 1
  done`);
}

describe.each<BoxKind>(['busybox', 'debian'])('a step that reboots on %s', (kind) => {
  let box: Box;
  let target: Target;
  beforeAll(async () => {
    box = await openBox(kind);
    target = await makeTarget(box);
    await box.put('/etc/init.d/thing', '#!/bin/sh\necho "$1" >>/var/thing\n', '755');
    // Busybox asks its own process 1, which hears nothing; elsewhere this is what is asked. The test pulls the plug.
    await box.put('/usr/local/sbin/reboot', '#!/bin/sh\n', '755');
  });
  afterAll(() => box.close());
  const bootId = async () => (await target.status()).bootId;

  test('the run goes on by itself, and a new boot id proves it; what was owed is paid before', async () => {
    await box.sh('touch /run/reboot-required');
    const packed = await target.load([
      file('/etc/thing.conf', { content: 'x\n', notify: [restart('thing')] }),
      service('thing'),
      reboot(),
      file('/etc/after', { content: 'after\n' }),
    ]);
    const look = await target.run(packed, 'a/m/check/1', { purpose: 'check' });
    expect(look.journal.find(({ step }) => step === 'reboot:kernel')).toMatchObject({
      ...{ state: 'differs', reason: '/run/reboot-required asks for it' },
    });
    const before = await bootId();
    const cut = target.run(packed, 'a/m/apply/1');
    await ordered(box, 'a', 1);
    expect(await box.sh('cat /var/thing')).toContain('restart');
    await box.reboot();
    await cut;
    const done = await target.run(packed, 'a/m/apply/1');
    expect(journalFailure(done.journal)).toBeUndefined();
    expect(ending(done)).toBe('ok');
    const after = await bootId();
    const paid = done.journal.findIndex(({ state }) => state === 'paid');
    const going = done.journal.findIndex(({ state }) => state === 'rebooting');
    expect(paid).toBeGreaterThan(0);
    expect(going).toBeGreaterThan(paid);
    expect(done.journal[going]).toMatchObject({ withinSeconds: 600, reason: `boot ${before} ends` });
    expect(done.journal.findLast(({ step }) => step === 'reboot:kernel')).toMatchObject({
      ...{ state: 'changed', reason: `rebooted: boot id was ${before}, is ${after}` },
    });
    expect(await box.sh('cat /etc/after')).toBe('after\n');
    expect(story(await target.run(packed, 'a/m/apply/2')).filter((line) => !line.startsWith('ok'))).toEqual(
      [],
    );
  });

  test('a run that died after it had ordered a reboot orders one, not two', async () => {
    const packed = await target.load([reboot({ id: 'reboot:always', always: true })]);
    expect(story(await target.run(packed, 'b/m/check/1', { purpose: 'check' }))).toEqual([
      'skipped reboot:always',
    ]);
    const cut = target.run(packed, 'b/m/apply/1');
    await ordered(box, 'b', 1);
    await box.reboot();
    await cut;
    expect(ending(await target.run(packed, 'b/m/apply/1'))).toBe('ok');
    const again = await target.run(packed, 'b/m/apply/2');
    expect(again.journal.find(({ state }) => state === 'ok')?.reason).toContain(
      'was rebooted in this change',
    );
    await ordered(box, 'b', 1);
  });

  test('a file that asks for it and is there after the boot fails the step, and no reboot follows', async () => {
    await box.sh('touch /etc/reboot-please');
    const packed = await target.load([reboot({ id: 'reboot:please', ifFileExists: '/etc/reboot-please' })]);
    const cut = target.run(packed, 'c/m/apply/1');
    await ordered(box, 'c', 1);
    await box.reboot();
    await cut;
    const done = await target.run(packed, 'c/m/apply/1');
    expect(journalFailure(done.journal)).toMatchObject({ code: 'MW-CHANGE-REBOOT', step: 'reboot:please' });
    await box.sh('rm /etc/reboot-please');
    expect(ending(await target.run(packed, 'c/m/apply/2'))).toBe('ok');
    await ordered(box, 'c', 1);
  });
});

test('a reboot that cannot be ordered fails, and the next run orders it', async () => {
  const box = await openBox('debian');
  try {
    const target = await makeTarget(box);
    await box.sh('touch /run/reboot-required');
    await box.put('/usr/local/sbin/reboot', '#!/bin/sh\necho no; exit 1\n', '755');
    const packed = await target.load([reboot()]);
    const done = await target.run(packed, 'd/m/apply/1');
    expect(journalFailure(done.journal)).toMatchObject({ code: 'MW-CHANGE-REBOOT', detail: ['no'] });
    await box.put('/usr/local/sbin/reboot', '#!/bin/sh\n', '755');
    const cut = target.run(packed, 'd/m/apply/2');
    await ordered(box, 'd', 2);
    await box.reboot();
    await cut;
    expect(ending(await target.run(packed, 'd/m/apply/2'))).toBe('ok');
  } finally {
    await box.close();
  }
});
