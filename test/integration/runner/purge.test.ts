import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseFacts, purgeArgv } from '../../../src/bundle/index.js';
import { factsArgv } from '../../../src/bundle/protocol.js';
import { type Box, openBox } from './box.js';
import { command, file } from './resources.js';
import { makeTarget, type Target } from './target.js';

describe.each(['busybox', 'debian'] as const)('leaving a machine for good, on %s', (kind) => {
  let box: Box;
  let target: Target;
  let runs = 0;
  beforeAll(async () => {
    box = await openBox(kind);
  });
  afterAll(() => box.close());

  const next = (purpose = 'apply'): string => `p/m/${purpose}/${++runs}`;
  const ours = (): Promise<string> =>
    box.sh('ls -d /var/lib/millwright /run/millwright /usr/local/bin/millwright-hold 2>/dev/null || true');

  test('is refused while a run is at work', async () => {
    target = await makeTarget(box);
    const packed = await target.load([
      command('waits', 'touch /tmp/began; while [ ! -e /tmp/go ]; do sleep 0.2; done', { always: true }),
    ]);
    const run = target.run(packed, next());
    await box.sh('while [ ! -e /tmp/began ]; do sleep 0.2; done');
    expect((await box.exec(purgeArgv(target.runner))).code).toBe(10);
    expect(await ours()).toContain('/var/lib/millwright\n');
    await box.sh('touch /tmp/go');
    await run;
  });

  test('takes everything of ours and leaves what runs made', async () => {
    await box.sh('mkdir -p /usr/local/bin');
    const packed = await target.load([file('/etc/made', { content: 'by a run\n', mode: '0644' })]);
    await target.run(packed, next());
    expect(await ours()).toContain('/usr/local/bin/millwright-hold\n');
    expect((await box.exec(purgeArgv(target.runner))).code).toBe(0);
    expect(await ours()).toBe('');
    expect(await box.sh('cat /etc/made')).toBe('by a run\n');
  });

  test('may be asked again, and says that there is nothing', async () => {
    expect((await box.exec(purgeArgv(target.runner))).code).toBe(12);
  });

  test('leaves a millwright-hold alone that is not ours', async () => {
    await makeTarget(box);
    await box.put('/usr/local/bin/millwright-hold', '#!/bin/sh\n# of the house\n', '755');
    expect((await box.exec(purgeArgv(target.runner))).code).toBe(0);
    expect(await ours()).toBe('/usr/local/bin/millwright-hold\n');
  });

  test('does not keep anybody from beginning anew', async () => {
    target = await makeTarget(box);
    const facts = parseFacts((await box.exec(factsArgv(target.runner))).stdout);
    expect(facts.cpus).toBeGreaterThan(0);
    expect((await target.status()).head).toBeNull();
  });
});
