import { describe, expect, it } from 'vitest';
import {
  type CheckDocument,
  type CheckedMachine,
  checkedMachine,
  exitOfCheck,
} from '../../../src/cli/check/document.js';
import { checkText } from '../../../src/cli/check/text.js';
import type { Stores } from '../../../src/cli/stores.js';
import type { LookedMachine } from '../../../src/workflows/lookTypes.js';

const machine = (name: string, more: Partial<CheckedMachine> = {}): CheckedMachine => ({
  ...{
    machine: name,
    state: 'aligned',
    assigned: 'aaaaaaaabb',
    head: 'aaaaaaaabb',
    counts: null,
    differs: [],
  },
  ...{ debts: [], hold: null, failure: null },
  ...more,
});
const drifted = machine('web-1', {
  state: 'differs',
  differs: [{ step: 'file:/etc/motd', reason: 'content differs', diff: '-theirs\n+ours\n' }],
  debts: ['reload service:nginx'],
});
const away = machine('web-3', {
  state: 'unknown',
  failure: {
    code: 'MW-SSH-TIMEOUT',
    cause: 'unreachable',
    message: 'web-3 did not answer',
    remedy: 'millwright why web-3',
  },
});
const held = machine('web-4', { state: 'held', hold: { reason: 'a leak' } });
const document = (machines: readonly CheckedMachine[]): CheckDocument => ({
  schema: 'millwright/check/v1',
  ...{ fleet: 'shop', environment: 'dev', workflows: [], machines },
});

describe('what check says', () => {
  it('names each machine that differs with its steps, and the rest in one line', () => {
    const text = checkText(document([machine('web-2'), drifted, away, held, machine('web-5')]));
    expect(text.split('\n')).toEqual([
      '~ web-1  1 differs',
      '    ~ file:/etc/motd  content differs',
      '        -theirs',
      '        +ours',
      '    ! owed: reload service:nginx',
      '? web-3  MW-SSH-TIMEOUT  web-3 did not answer',
      '    millwright why web-3',
      '? web-4  is held, so it was not compared: a leak',
      '= web-2 web-5  as assigned',
      '',
      '2 as assigned · 1 differs · 1 held · 1 not seen. Nothing was changed.',
    ]);
  });

  it('never says that a machine is as assigned that is not there, or that nobody got in to look at', async () => {
    const nobody = {
      head: null,
      hold: null,
      verified: [],
      debts: null,
      aligned: false,
      differs: [],
    } as const;
    const look = { ...nobody, found: { state: 'absent' } } as const;
    const gone = await checkedMachine({} as Stores, { machine: 'web-1', look }, 'aaaaaaaabb');
    expect(gone.state).toBe('absent');
    expect(checkText(document([gone]))).toContain('? web-1  is not there: millwright plan');
    expect(exitOfCheck([gone])).toBe(4);
    const seen = { ...look, found: { state: 'present', instance: { power: 'on' } }, debts: [] } as unknown;
    const blank = { machine: 'web-1', look: seen } as LookedMachine;
    expect((await checkedMachine({} as Stores, blank, 'aaaaaaaabb')).state).toBe('differs');
    expect((await checkedMachine({} as Stores, blank, null)).state).toBe('aligned');
  });

  it('tells a machine that was admitted to something that the record does not know', () => {
    expect(checkText(document([{ ...drifted, head: 'cccccccc11' }]))).toContain(
      'it says it was admitted to bundle cccccccc, the record says aaaaaaaa',
    );
  });

  it('ends with the worst: not seen before differs before held before as assigned', () => {
    expect(exitOfCheck([machine('a'), drifted, away, held])).toBe(7);
    expect(exitOfCheck([machine('a'), held])).toBe(8);
    expect(exitOfCheck([machine('a'), drifted])).toBe(4);
    expect(exitOfCheck([machine('a')])).toBe(0);
  });
});
