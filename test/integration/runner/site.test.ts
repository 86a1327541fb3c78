import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  cancelArgv,
  encodeAnswer,
  journalFailure,
  type SiteAnswer,
  siteArgv,
  siteTemp,
  stopArgv,
} from '../../../src/bundle/index.js';
import type { JournalLine } from '../../../src/model/index.js';
import type { Resource } from '../../../src/resources/index.js';
import { running } from '../adapters/content.js';
import { type Box, openBox } from './box.js';
import { command, file, service } from './resources.js';
import { ending, makeTarget, readJournal, story, type Target } from './target.js';

const play = (more = {}): Resource => ({
  ...{ type: 'ansible', id: 'ansible:base', ansible: 'base', notify: [], vars: {} },
  ...{ playbook: 'site.yml', contents: { playbook: '- hosts: all\n' }, trees: {} },
  ...more,
});
const atWork = running('sh /run/millwright-ansible');
const changed: SiteAnswer = {
  ...{ state: 'changed', reason: '1 of 1 task changed something' },
  tasks: [{ name: 'A "page"', state: 'changed', at: 'site.yml:3', reason: '' }],
};

describe.each(['busybox', 'debian'] as const)('a step that the site carries out, on %s', (kind) => {
  let box: Box;
  let target: Target;
  let runs = 0;
  beforeAll(async () => {
    box = await openBox(kind);
    target = await makeTarget(box);
  });
  afterAll(() => box?.close());
  const next = (purpose = 'apply'): string => `c/m/${purpose}/${++runs}`;

  /** The line that asks for the site, once run `run` has come to it. */
  const asked = async (run: string): Promise<JournalLine> => {
    for (;;) {
      const text = await box.sh('cat /run/millwright/runs/*/journal 2>/dev/null || true');
      const line = readJournal(text).find((one) => one.run === run && one.state === 'needs-site');
      if (line !== undefined) return line;
      await sleep(100);
    }
  };
  const tell = async (run: string, token: string, frame = ''): Promise<number> =>
    (await box.exec(siteArgv(target.runner, run, token), frame)).code;
  const answer = async (run: string, what: SiteAnswer): Promise<void> => {
    const { token = '' } = await asked(run);
    expect(await tell(run, token)).toBe(0);
    expect(await tell(run, token, encodeAnswer(what).replace('end\n', ''))).toBe(15);
    expect(await tell(run, token, encodeAnswer(what))).toBe(0);
  };

  test('the run waits, tells the tasks, and goes on; what stands before is done once', async () => {
    const packed = await target.load([
      command('count', 'echo one >>/count', { always: true }),
      play(),
      file('/after', { content: 'x' }),
    ]);
    const run = next();
    const [done] = await Promise.all([target.run(packed, run), answer(run, changed)]);
    expect(story(done)).toEqual([
      ...[
        'started command:count',
        'changed command:count',
        'started ansible:base',
        'needs-site ansible:base',
      ],
      ...['task ansible:base', 'changed ansible:base', 'started file:/after', 'changed file:/after'],
    ]);
    expect(done.journal.find(({ state }) => state === 'task')).toMatchObject({
      ...{ task: 'A "page"', result: 'changed', at: 'site.yml:3' },
    });
    expect(
      await box.sh('cat /count; ls /run/millwright/site /run/millwright-ansible | grep -c "[0-9]" || true'),
    ).toBe('one\n0\n');
    const { token = '' } = await asked(run);
    expect(await tell(run, token)).toBe(23);
  });

  test('one that changed nothing owes nothing', async () => {
    const notify = [{ action: 'reload', step: 'service:web' }] as const;
    const packed = await target.load([play({ notify })]);
    const run = next();
    const same: SiteAnswer = { state: 'ok', reason: '1 task, none changed anything', tasks: [] };
    const [done] = await Promise.all([target.run(packed, run), answer(run, same)]);
    expect(story(done).slice(-3)).toEqual([
      'needs-site ansible:base',
      'paid ansible:base',
      'ok ansible:base',
    ]);
    expect((await target.status()).debts).toEqual([]);
  });

  test('a check asks too, shows the differences, and leaves nothing', async () => {
    const packed = await target.load([play()]);
    const run = next('check');
    const would = { ...changed, output: '--- a\n+++ b' };
    const [look] = await Promise.all([target.run(packed, run, { purpose: 'check' }), answer(run, would)]);
    expect(story(look)).toEqual(['needs-site ansible:base', 'task ansible:base', 'differs ansible:base']);
    expect(look.journal.at(-2)).toMatchObject({ diff: '--- a\n+++ b' });
  });

  test('a failure is the step’s, in the words of the site; steps after it are not reached', async () => {
    const packed = await target.load([play(), file('/never', { content: 'x' })]);
    const run = next();
    const failed: SiteAnswer = {
      ...{ state: 'failed', code: 'MW-CHANGE-PLAYBOOK', exit: 3, tasks: [] },
      ...{ reason: 'task "A page" at site.yml:3 failed', output: 'one\ntwo' },
    };
    const [done] = await Promise.all([target.run(packed, run), answer(run, failed)]);
    expect(ending(done)).toBe('failed');
    expect(journalFailure(done.journal)).toEqual({
      ...{ code: 'MW-CHANGE-PLAYBOOK', cause: 'change', step: 'ansible:base' },
      ...{ message: 'task "A page" at site.yml:3 failed', detail: ['one', 'two'] },
    });
  });

  test('what a playbook left at work on the machine ends with the wait; a stop ends the wait', async () => {
    const packed = await target.load([play()]);
    const run = next();
    const leftover = asked(run).then(async ({ token = '' }) => {
      const dir = `${siteTemp(token)}/ansible-tmp-1`;
      await box.sh(
        `mkdir ${dir}; printf 'sleep 500\\n:\\n' >${dir}/module; setsid sh ${dir}/module >/dev/null 2>&1 &`,
      );
      while ((await box.sh(atWork)) === '0\n') await sleep(50);
      await box.exec(stopArgv(target.runner, run));
    });
    const [done] = await Promise.all([target.run(packed, run), leftover]);
    expect(ending(done)).toBe('stopped');
    expect(done.journal.find(({ state }) => state === 'interrupted')).toMatchObject({
      ...{ step: 'ansible:base', reason: 'stopped while the site did it' },
    });
    expect(await box.sh(atWork)).toBe('0\n');
  });

  test('a cancelled run does not wait', async () => {
    const packed = await target.load([play(), service('web')]);
    const run = next();
    const cancelled = asked(run).then(() => box.exec(cancelArgv(target.runner, run, 20)));
    const [done] = await Promise.all([target.run(packed, run), cancelled]);
    expect(ending(done)).toBe('cancelled');
    expect(story(done).at(-1)).toBe('interrupted ansible:base');
  });
});
