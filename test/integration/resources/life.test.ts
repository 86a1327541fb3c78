import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SlotValue } from '../../../src/bundle/index.js';
import type { Slot } from '../../../src/model/index.js';
import { ending, makeTarget, type Packed, type RunResult, type Target } from '../runner/target.js';
import type { LifeCase, Place } from './case.js';
import { type Machine, openMachine } from './machines.js';

const folder = new URL('./cases/', import.meta.url);
const names = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
const all: LifeCase[] = [];
for (const name of names)
  all.push(...((await import(new URL(name, folder).href)) as { cases: LifeCase[] }).cases);

const places: readonly Place[] = ['busybox', 'debian', 'systemd', 'vm'];

describe.each(places.filter((place) => all.some(({ on }) => on.includes(place))))(
  'the life of a resource on %s',
  (place) => {
    let machine: Machine;
    let target: Target;
    let changes = 0;
    beforeAll(async () => {
      machine = await openMachine(place);
      target = await makeTarget(machine);
    });
    afterAll(() => machine?.close());

    test.each(all.filter(({ on }) => on.includes(place)))('$name', (one) =>
      live(machine, target, one, `${place}${++changes}`),
    );
  },
);

/** Applied, again, broken, checked, mended, undone. */
async function live(machine: Machine, target: Target, one: LifeCase, change: string): Promise<void> {
  const { slots, values } = secretsOf(one);
  if (one.prepare !== undefined) await script(machine, one.prepare);
  const wanted = await target.load(one.resources, [], slots);
  const run = (name: string, more = {}, packed: Packed = wanted): Promise<RunResult> =>
    target.run(packed, `${change}/m/${name}`, more, values);

  const first = await run('apply/1');
  expect(states(first), told(first)).toContain('changed');
  expect(ending(first), told(first)).toBe('ok');
  await script(machine, one.proof);

  const again = await run('apply/2');
  expect(new Set(states(again)), told(again)).toEqual(new Set(['ok']));
  expect(ending(again)).toBe('ok');

  await script(machine, one.breaks);
  expect(await fails(machine, one.proof), 'the proof must fail once it is broken').toBe(true);
  const before = await machine.files();
  expect(before.size, 'the file system was looked at').toBeGreaterThan(3);
  const check = await run('check/1', { purpose: 'check' });
  expect(states(check), told(check)).toContain('differs');
  expect(states(check), told(check)).not.toContain('failed');
  expect(differences(before, await machine.files()), 'a check changes nothing').toEqual([]);

  const mended = await run('apply/3');
  expect(states(mended), told(mended)).toContain('changed');
  expect(ending(mended), told(mended)).toBe('ok');
  await script(machine, one.proof);

  const empty = await target.load([]);
  const back = await run('rollback/1', { purpose: 'rollback', undo: { change, bytes: wanted.bytes } }, empty);
  if (one.undone === undefined) return sayItStays(back);
  expect(ending(back), told(back)).toBe('ok');
  await script(machine, one.undone);
}

/** Secrets of a case as the site would give them. */
function secretsOf({ secrets = {} }: LifeCase): { slots: Slot[]; values: SlotValue[] } {
  const entries = Object.entries(secrets);
  return {
    slots: entries.map(([name]) => ({ name, kind: 'secret', secret: { env: 'SECRET' } })),
    values: entries.map(([name, value]) => ({ name, secret: true, fingerprint: 'fp', value })),
  };
}

async function script(machine: Machine, text: string): Promise<void> {
  const { code, stdout, stderr } = await machine.exec(['sh', '-ec', text]);
  expect(code, `${text}\nexited ${code}\n${stdout}${stderr}`).toBe(0);
}

const fails = async (machine: Machine, text: string): Promise<boolean> =>
  (await machine.exec(['sh', '-ec', text])).code !== 0;

/** What each step came to, `started` and other steps on the way left out. */
const states = ({ journal }: RunResult): string[] =>
  journal.flatMap(({ step, state }) => (step === undefined || state === 'started' ? [] : [state]));

const told = ({ answer, journal, stderr }: RunResult): string =>
  `${JSON.stringify(answer)}\n${journal.map((line) => JSON.stringify(line)).join('\n')}\n${stderr}`;

function differences(before: ReadonlySet<string>, after: ReadonlySet<string>): string[] {
  const gone = [...before].filter((line) => !after.has(line)).map((line) => `- ${line}`);
  return [...gone, ...[...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`)];
}

/** A rollback refuses what can't be undone, or names what stays; it never claims more. */
function sayItStays(back: RunResult): void {
  if (back.answer.start === 'failed') {
    expect(back.answer.code, told(back)).toBe('MW-ROLLBACK-NOUNDO');
    return;
  }
  const reasons = back.journal.filter(({ state }) => state === 'undone').map(({ reason }) => reason);
  expect(reasons.join('\n'), told(back)).toContain('not undone');
}
