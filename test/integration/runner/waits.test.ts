import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { journalFailure } from '../../../src/bundle/index.js';
import type { ResolvedAssert } from '../../../src/resources/assert.js';
import type { ResolvedWait } from '../../../src/resources/wait.js';
import { type Box, openBox } from './box.js';
import { file } from './resources.js';
import { ending, makeTarget, story, type Target } from './target.js';

const wait = (more: Partial<ResolvedWait>): ResolvedWait => ({
  ...{ type: 'wait', id: 'wait:it', wait: 'it', host: '127.0.0.1', env: {}, within: 20_000, notify: [] },
  ...more,
});
const assert = (run: string, more: Partial<ResolvedAssert> = {}): ResolvedAssert => ({
  ...{ type: 'assert', id: 'assert:it', assert: 'it', run, env: {}, within: 60_000, notify: [] },
  ...more,
});
const late = file('/etc/late', { content: 'as wanted\n', mode: '644' });

describe('steps that change nothing', () => {
  let box: Box;
  let target: Target;
  beforeAll(async () => {
    box = await openBox('busybox');
    target = await makeTarget(box);
  });
  afterAll(() => box.close());

  test('what comes later is waited for, and what was looked at before is looked at again', async () => {
    await box.put('/etc/late', 'as wanted\n', '644');
    await box.sh('(sleep 2; echo other >/etc/late; touch /tmp/come) </dev/null >/dev/null 2>&1 &');
    const done = await target.run(await target.load([wait({ path: '/tmp/come' }), late]), 'w/m/apply/1');
    expect(journalFailure(done.journal)).toBeUndefined();
    expect(story(done)).toEqual(['ok wait:it', 'started file:/etc/late', 'changed file:/etc/late']);
    expect(await box.sh('cat /etc/late')).toBe('as wanted\n');
  });

  test('what does not come in time fails and says how often it was tried', async () => {
    const done = await target.run(
      await target.load([wait({ path: '/tmp/never', within: 1_500 }), late]),
      'n/m/apply/1',
    );
    expect(journalFailure(done.journal)).toMatchObject({
      ...{ code: 'MW-CHANGE-WAIT', step: 'wait:it' },
      message: expect.stringMatching(/^\/tmp\/never does not exist \(\d+ tries in \d+ ms\)$/),
    });
    expect(story(done)).toEqual(['failed wait:it']);
  });

  test('a port that somebody opens is seen', async () => {
    await box.sh('setsid nc -l -p 5432 </dev/null >/dev/null 2>&1 &');
    const done = await target.run(await target.load([wait({ tcp: 5432 })]), 't/m/apply/1');
    expect(done.journal.find(({ state }) => state === 'ok')?.reason).toBe(
      'port 5432 on 127.0.0.1 accepts connections',
    );
  });

  test('an assert that does not hold ends the run with its message and what it printed', async () => {
    const failing = assert('echo only 3 of 4; exit 2', { message: 'the cluster is not whole' });
    const done = await target.run(await target.load([failing, late]), 'a/m/apply/1');
    expect(journalFailure(done.journal)).toMatchObject({
      ...{ code: 'MW-CHANGE-ASSERT', message: 'the cluster is not whole', detail: ['only 3 of 4'] },
    });
    const holds = assert('[ "$WANTED" = 4 ]', { env: { WANTED: '4' } });
    expect(ending(await target.run(await target.load([holds]), 'a/m/apply/2'))).toBe('ok');
  });
});
