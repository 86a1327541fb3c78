import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Box, openBox } from './box.js';
import { command, file, link } from './resources.js';
import { ending, makeTarget, story, type Target } from './target.js';

/** A program that says in /tmp/log what it is asked, in the place of the real one, which it runs. */
const telling = (program: string): string => `#!/bin/sh
echo "${program} $*" >>/tmp/log
exec /bin/${program} "$@"
`;

let box: Box;
let target: Target;
let change = 0;
beforeAll(async () => {
  box = await openBox('debian');
  target = await makeTarget(box);
  for (const program of ['sync', 'mv', 'ln', 'rm'])
    await box.put(`/usr/local/sbin/${program}`, telling(program), '755');
});
afterAll(() => box.close());
beforeEach(async () => {
  change++;
  await box.sh('rm -rf /srv/t; mkdir -p /srv/t');
});

const runId = (): string => `d${change}/m/apply/1`;
const saved = (): string => `/var/lib/millwright/preimages/d${change}+m+apply+1`;

/** What was synced and put in place from the first file of the pre-images on, without the runner's own files. */
async function order(): Promise<string[]> {
  const log = (await box.sh('cat /tmp/log')).split('\n');
  const from = log.findIndex((line) => line.includes('/preimages/'));
  return log
    .slice(from)
    .filter((line) => /^ran$|^(sync|mv|ln|rm) .*(\/srv\/t|\/preimages)/.test(line))
    .map((line) => line.replaceAll(saved(), 'SAVED'));
}

async function apply(...resources: Parameters<Target['load']>[0]): Promise<string[]> {
  const packed = await target.load(resources);
  await box.sh('rm -f /tmp/log');
  expect(ending(await target.run(packed, runId()))).toBe('ok');
  return order();
}

test('what a new file needs to be taken back is on disk before it is in its place, and so is the file', async () => {
  const [first, ...rest] = await apply(file('/srv/t/f', { content: 'new' }));
  expect(first).toMatch(/^sync .*SAVED\/001\.step SAVED \/srv\/t\/\.millwright\.001\.tmp$/);
  expect(rest).toEqual(['mv -f -- /srv/t/.millwright.001.tmp /srv/t/f', 'sync /srv/t/']);
});

test('the old version of a file is on disk before that is said, and both before it is replaced', async () => {
  await box.sh('echo old >/srv/t/f');
  const [first, second, ...rest] = await apply(file('/srv/t/f', { content: 'new' }));
  expect(first).toMatch(/^sync .*SAVED\/001\.old SAVED$/);
  expect(first).not.toContain('001.step');
  expect(second).toBe('sync SAVED/001.step SAVED /srv/t/.millwright.001.tmp');
  expect(rest).toEqual(['mv -f -- /srv/t/.millwright.001.tmp /srv/t/f', 'sync /srv/t/']);
});

test('a program, a link and a removal wait for the disk, too', async () => {
  await box.sh('echo old >/srv/t/gone');
  const lines = await apply(
    command('it', 'echo ran >>/tmp/log; touch /srv/t/it', { creates: '/srv/t/it' }),
    link('/srv/t/link', { to: 'it' }),
    file('/srv/t/gone', { absent: true }),
  );
  const at = (pattern: RegExp): number => {
    expect(lines.join('\n')).toMatch(new RegExp(pattern, 'm'));
    return lines.findIndex((line) => pattern.test(line));
  };
  expect(at(/^sync .*001\.step/)).toBeLessThan(at(/^ran$/));
  expect(at(/^sync .*002\.step/)).toBeLessThan(at(/^mv .*\/srv\/t\/link$/));
  expect(at(/^sync .*003\.old/)).toBeLessThan(at(/^sync .*003\.step/));
  expect(at(/^sync .*003\.step/)).toBeLessThan(at(/^rm .*\/srv\/t\/gone$/));
  expect(lines.at(-1)).toBe('sync /srv/t/');
});

test('half of what was to be saved, which a power cut left, counts for nothing', async () => {
  const waits = command('wait', 'until [ -e /srv/t/go ]; do sleep 0.1; done', { creates: '/srv/t/go' });
  await box.sh('echo old >/srv/t/f');
  const packed = await target.load([file('/srv/t/f', { content: 'new' }), waits]);
  const begun = target.run(packed, runId());
  await box.sh(`until [ -e ${saved()}/002.step ]; do sleep 0.1; done`);
  await box.reboot();
  await begun;
  await box.sh(`echo older >/srv/t/f; touch /srv/t/go
    head -c 40 ${saved()}/001.step >/tmp/half; cat /tmp/half >${saved()}/001.step; : >${saved()}/001.old`);
  expect(story(await target.run(packed, runId(), { expect: null }))).toContain('changed file:/srv/t/f');
  expect(await box.sh(`cat ${saved()}/001.old`)).toBe('older\n');
});
