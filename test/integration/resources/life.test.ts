import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SlotValue } from '../../../src/bundle/index.js';
import type { JournalLine, Slot } from '../../../src/model/index.js';
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

    test.each(lives(place))(
      '$name',
      ({ cases }) => live(machine, target, cases, `${place}${++changes}`),
      1_800_000,
    );
  },
);

/** Each alone where a run costs little; on the emulated machine all of them together, but for what can't be undone. */
function lives(place: Place): { readonly name: string; readonly cases: readonly LifeCase[] }[] {
  const here = all.filter(({ on }) => on.includes(place));
  if (place !== 'vm') return here.map((one) => ({ name: one.name, cases: [one] }));
  return [true, false].map((undoable) => {
    const cases = here.filter(({ undone }) => (undone !== undefined) === undoable);
    const types = [...new Set(cases.flatMap(({ resources }) => resources.map(({ type }) => type)))].sort();
    return { name: `${undoable ? 'taken back' : 'that stays'}: ${types.join(', ')}`, cases };
  });
}

/** Applied, again, broken, checked, mended, undone. */
async function live(
  machine: Machine,
  target: Target,
  cases: readonly LifeCase[],
  change: string,
): Promise<void> {
  const each = async (text: (one: LifeCase) => string | undefined): Promise<void> => {
    for (const one of cases) await script(machine, one.name, text(one) ?? ':');
  };
  const { slots, values } = secretsOf(cases);
  await each(({ prepare }) => prepare);
  const wanted = await target.load(
    cases.flatMap(({ resources }) => resources),
    [],
    slots,
  );
  const run = (name: string, more = {}, packed: Packed = wanted): Promise<RunResult> =>
    target.run(packed, `${change}/m/${name}`, more, values);

  const first = await run('apply/1');
  expect(ending(first), told(first)).toBe('ok');
  for (const one of cases) expect(states(first, one), told(first, one)).toContain('changed');
  await each(({ proof }) => proof);

  const again = await run('apply/2');
  for (const one of cases) expect(new Set(states(again, one)), told(again, one)).toEqual(new Set(['ok']));
  expect(ending(again)).toBe('ok');

  await each(({ breaks }) => breaks);
  for (const { name, proof } of cases)
    expect(await fails(machine, proof), `${name}: the proof must fail once it is broken`).toBe(true);
  const before = await machine.files();
  expect(before.size, 'the file system was looked at').toBeGreaterThan(3);
  const check = await run('check/1', { purpose: 'check' });
  for (const one of cases) expect(states(check, one), told(check, one)).toContain('differs');
  expect(codes(check), told(check)).toEqual(cases.flatMap(({ unmet = [] }) => unmet));
  expect(differences(before, await machine.files()), 'a check changes nothing').toEqual([]);

  const mended = await run('apply/3');
  expect(ending(mended), told(mended)).toBe('ok');
  for (const one of cases) expect(states(mended, one), told(mended, one)).toContain('changed');
  await each(({ proof }) => proof);

  const empty = await target.load([]);
  const back = await run('rollback/1', { purpose: 'rollback', undo: { change, bytes: wanted.bytes } }, empty);
  if (cases.every(({ undone }) => undone === undefined)) return sayItStays(back);
  expect(ending(back), told(back)).toBe('ok');
  await each(({ undone }) => undone);
}

/** Secrets of cases as the site would give them. */
function secretsOf(cases: readonly LifeCase[]): { slots: Slot[]; values: SlotValue[] } {
  const entries = Object.entries(Object.assign({}, ...cases.map(({ secrets }) => secrets)) as object);
  return {
    slots: entries.map(([name]) => ({ name, kind: 'secret', secret: { env: 'SECRET' } })),
    values: entries.map(([name, value]) => ({ name, secret: true, fingerprint: 'fp', value })),
  };
}

async function script(machine: Machine, name: string, text: string): Promise<void> {
  const { code, stdout, stderr } = await machine.exec(['sh', '-ec', text]);
  expect(code, `${name}: ${text}\nexited ${code}\n${stdout}${stderr}`).toBe(0);
}

const fails = async (machine: Machine, text: string): Promise<boolean> =>
  (await machine.exec(['sh', '-ec', text])).code !== 0;

/** Lines about steps of a case. */
const about = ({ journal }: RunResult, { resources }: LifeCase): JournalLine[] =>
  journal.filter(({ step }) => resources.some(({ id }) => id === step));

/** What each of its steps came to, `started` and other steps on the way left out. */
const states = (result: RunResult, one: LifeCase): string[] =>
  about(result, one).flatMap(({ state }) => (state === 'started' ? [] : [state]));

const codes = ({ journal }: RunResult): string[] =>
  journal.flatMap(({ state, code }) => (state === 'failed' && code !== undefined ? [code] : []));

const told = (result: RunResult, one?: LifeCase): string => {
  const journal = one === undefined ? result.journal : about(result, one);
  const lines = journal.map((line) => JSON.stringify(line)).join('\n');
  return `${one?.name ?? ''}\n${JSON.stringify(result.answer)}\n${lines}\n${result.stderr}`;
};

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
