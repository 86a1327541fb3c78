import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { journalFailure } from '../../../src/bundle/index.js';
import { type Box, openBox } from './box.js';
import { command, file, reload } from './resources.js';
import { makeTarget, type Target } from './target.js';

describe.each(['busybox', 'debian'] as const)('a disk that cannot take more on %s', (kind) => {
  let box: Box;
  let target: Target;
  beforeAll(async () => {
    box = await openBox(kind);
    target = await makeTarget(box);
    await box.sh(
      'mkdir -p /srv/small /srv/fixed; mount -t tmpfs -o size=64k small /srv/small; mount -t tmpfs -o ro fixed /srv/fixed',
    );
  });
  afterAll(() => box.close());

  test('a full one is the fault of the machine, and the old file stays', async () => {
    await box.sh('echo old >/srv/small/f');
    const packed = await target.load([file('/srv/small/f', { content: 'x'.repeat(100_000) })]);
    const failed = await target.run(packed, 'd/m/apply/1');
    expect(journalFailure(failed.journal)).toMatchObject({ code: 'MW-MACHINE-SPACE', cause: 'machine' });
    expect(await box.sh('cat /srv/small/f; ls -A /srv/small')).toBe('old\nf\n');
  });

  test('one that is mounted read-only too', async () => {
    const failed = await target.run(
      await target.load([file('/srv/fixed/f', { content: 'x' })]),
      'd/m/apply/2',
    );
    expect(journalFailure(failed.journal)).toMatchObject({ code: 'MW-MACHINE-READONLY', cause: 'machine' });
  });

  test('a step that cannot write down whom it notifies does not act', async () => {
    await box.put('/etc/init.d/web', '#!/bin/sh\n', '755');
    const packed = await target.load([
      command('block', 'mkdir /var/lib/millwright/debts.new', { creates: '/var/lib/millwright/debts.new' }),
      file('/etc/noted', { content: 'x', notify: [reload('web')] }),
    ]);
    const failed = await target.run(packed, 'd/m/apply/4');
    expect(journalFailure(failed.journal)).toMatchObject({
      code: 'MW-MACHINE-STATE',
      step: 'file:/etc/noted',
    });
    expect(await box.sh('rmdir /var/lib/millwright/debts.new; ls /etc/noted 2>/dev/null || echo none')).toBe(
      'none\n',
    );
  });

  test('a full state directory refuses the run by name', async () => {
    const packed = await target.load([file('/etc/x', { content: 'x' })]);
    await box.sh('mkdir -p /srv/runs; mount -t tmpfs -o size=4k,nr_inodes=1 none /var/lib/millwright/runs');
    const { answer, code } = await target.run(packed, 'd/m/apply/3');
    expect({ answer, code }).toMatchObject({
      answer: { start: 'failed', code: 'MW-MACHINE-SPACE' },
      code: 15,
    });
    await box.sh('umount /var/lib/millwright/runs');
    expect((await target.status()).active).toBeNull();
  });
});
