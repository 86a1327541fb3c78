import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  cancelArgv,
  factsArgv,
  journalFailure,
  journalToReceipts,
  parseFacts,
  passingFactsArgv,
  runnerScript,
} from '../../../src/bundle/index.js';
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
    expect((await box.exec(passingFactsArgv, runnerScript().bytes)).stdout).toBe(stdout);
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

  test('a step that takes longer than its limit is ended with all that it started', async () => {
    const packed = await target.load([
      file('/srv/t/slow', {
        content: 'x',
        validate: 'echo waiting; sleep 300 & wait; : {new}',
        timeoutMs: 1000,
      }),
      command('slow', 'sleep 300 & wait', { always: true, timeoutMs: 1000 }),
    ]);
    for (const only of ['file:/srv/t/slow', 'command:slow']) {
      const run = await target.run(packed, next(), { only: [only] });
      expect(run.journal.find(({ state }) => state === 'failed')).toMatchObject({
        ...{
          step: only,
          code: 'MW-STEP-TIMEOUT',
          exit: 124,
          reason: expect.stringContaining('did not end within 1 s'),
        },
      });
      expect(journalFailure(run.journal)).toMatchObject({ code: 'MW-STEP-TIMEOUT', cause: 'change' });
    }
    const left = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c 'slee[p] 300 ' || true";
    expect(await box.sh(left)).toBe('0\n');
    await box.sh('! ls /srv/t/slow 2>&1');
  });

  test('a step that fails is tried again as often as it may, and every attempt is in the journal', async () => {
    const flaky = 'echo "try $(wc -l <n 2>/dev/null)" | tee -a n; [ "$(wc -l <n)" -ge 3 ]';
    const more = { dir: '/srv/t', always: true };
    const packed = await target.load([
      command('flaky', flaky, { ...more, retries: { count: 2, delayMs: 10 } }),
      command('hopeless', 'echo "$PATH" >/dev/null; echo no; exit 7', {
        ...more,
        retries: { count: 1, delayMs: 10 },
      }),
    ]);
    const run = await target.run(packed, next());
    expect(ending(run)).toBe('failed');
    expect(
      run.journal.flatMap(({ step, state, reason }) => (step ? [`${state} ${step}: ${reason}`] : [])),
    ).toEqual([
      'started command:flaky: runs always',
      'started command:flaky: 1st of 3 attempts: exited 1; again in 0.01 s',
      'started command:flaky: 2nd of 3 attempts: exited 1; again in 0.01 s',
      'changed command:flaky: exited 0 (3rd of 3 attempts)',
      'started command:hopeless: runs always',
      'started command:hopeless: 1st of 2 attempts: exited 7; again in 0.01 s',
      'failed command:hopeless: exited 7 (2nd of 2 attempts)',
    ]);
    expect(run.journal.findLast(({ state }) => state === 'failed')).toMatchObject({ output: 'no', exit: 7 });
    const receipts = journalToReceipts(run.journal);
    expect(receipts.map(({ step, state }) => `${state} ${step}`)).toEqual([
      'changed command:flaky',
      'failed command:hopeless',
    ]);
  });

  test('what the attempt before brought about is not done again', async () => {
    const packed = await target.load([
      command('half', 'touch /srv/t/half; exit 1', {
        creates: '/srv/t/half',
        retries: { count: 3, delayMs: 0 },
      }),
    ]);
    const run = await target.run(packed, next());
    expect(run.journal.find(({ state }) => state === 'changed')).toMatchObject({
      reason: '/srv/t/half exists (2nd of 4 attempts)',
    });
  });

  test('a cancelled run does not wait for the next attempt', async () => {
    const packed = await target.load([
      command('stuck', 'exit 1', { always: true, retries: { count: 5, delayMs: 600_000 } }),
    ]);
    const id = next();
    const running = target.run(packed, id);
    const journal = `/run/millwright/runs/${id.replaceAll('/', '+')}/journal`;
    await box.sh(`until grep -q 1st ${journal} 2>/dev/null; do sleep 0.1; done`);
    await box.exec(cancelArgv(target.runner, id));
    expect(ending(await running)).toBe('cancelled');
  });

  test('a change of a file is shown as what it changes, a new file is not, a check shows both', async () => {
    await box.sh("printf 'a\nb\nc\n' >/srv/t/diff; rm -f /srv/t/new");
    const packed = await target.load([
      file('/srv/t/diff', { content: 'a\nB\nc\n' }),
      file('/srv/t/new', { content: 'x\n' }),
    ]);
    const changed = '--- /srv/t/diff\n+++ /srv/t/diff\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n';
    const made = '--- /srv/t/new\n+++ /srv/t/new\n@@ -0,0 +1 @@\n+x\n';
    const check = await target.run(packed, next('check'), { purpose: 'check' });
    expect(journalToReceipts(check.journal).map(({ diff }) => diff)).toEqual([changed, made]);
    const apply = await target.run(packed, next());
    expect(journalToReceipts(apply.journal).map(({ state, diff }) => [state, diff])).toEqual([
      ['changed', changed],
      ['changed', undefined],
    ]);
  });

  test('a sensitive step shows nothing of what it holds or says', async () => {
    await box.sh("echo 'old treasure' >/srv/t/gold");
    const packed = await target.load([
      file('/srv/t/gold', { content: 'new treasure\n', sensitive: true }),
      command('talk', 'echo my treasure; echo more treasure >&2; exit 3', { always: true, sensitive: true }),
    ]);
    const check = await target.run(packed, next('check'), { purpose: 'check' });
    const apply = await target.run(packed, next());
    const lines = [...check.journal, ...apply.journal];
    expect(lines.find(({ state }) => state === 'failed')).toMatchObject({
      code: 'MW-CHANGE-COMMAND',
      exit: 3,
    });
    expect(JSON.stringify(lines)).not.toContain('treasure');
    expect(await box.sh('cat /srv/t/gold')).toBe('new treasure\n');
    expect(await box.sh('cat /var/lib/millwright/runs/*/journal')).not.toContain('treasure');
  });
});
