import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf, parseCondition } from '../../../src/model/index.js';

const problem = (text: string) => {
  const parsed = parseCondition(text);
  return parsed.ok ? 'none' : parsed.problem;
};

describe('a condition', () => {
  it('binds not before and, and before or, unless parentheses say otherwise', () => {
    const is = (fact: string, value: string) => ({ kind: 'is', fact, by: '==', value });
    const [debian, systemd, apt] = [
      is('os.family', 'debian'),
      is('init', 'systemd'),
      is('packageManager', 'apt'),
    ];
    const words = ['os.family == "debian"', "init == 'systemd'", 'packageManager == "apt"'];
    expect(parseCondition(`${words[0]} or ${words[1]} and not ${words[2]}`)).toEqual({
      ok: true,
      condition: { kind: 'or', of: [debian, { kind: 'and', of: [systemd, { kind: 'not', of: apt }] }] },
    });
    expect(parseCondition(`(${words[0]} or ${words[1]}) and ${words[2]}`)).toEqual({
      ok: true,
      condition: { kind: 'and', of: [{ kind: 'or', of: [debian, systemd] }, apt] },
    });
  });

  it('counts memory in MiB and compares numbers by size', () => {
    expect(parseCondition('memory >= 2GiB and cpus != 1')).toEqual({
      ok: true,
      condition: {
        kind: 'and',
        of: [
          { kind: 'is', fact: 'memory', by: '>=', value: 2048 },
          { kind: 'is', fact: 'cpus', by: '!=', value: 1 },
        ],
      },
    });
  });

  it('names the facts it looks at once each', () => {
    const parsed = parseCondition('not (init == "openrc" or os.id == "alpine") and init != "other"');
    expect(parsed.ok && factsOf(parsed.condition)).toEqual(['os.id', 'init']);
  });

  it.each([
    ['', 'The condition is empty.'],
    ['os.familly == "debian"', '"os.familly" is no fact of a machine.'],
    ['os.family = "debian"', 'After os.family stands "=": it is compared by == !=.'],
    ['os.id > "1"', 'After os.id stands ">": it is compared by == !=.'],
    ['os.family == debian', 'os.family is compared with text in quotes, not with debian.'],
    ['os.family == "debain"', 'os.family is never "debain".'],
    ['architecture == "amd64"', 'architecture is never "amd64".'],
    ['os.version == 12.04', 'os.version is compared with text in quotes, not with 12.04.'],
    ['cpus >= 2GiB', 'cpus is compared with a number, not with 2GiB.'],
    ['(cpus >= 2', 'A parenthesis is never closed.'],
    ['cpus >= 2 && cpus < 4', '"&&" stands where the condition should go on with and, or, or end.'],
    ['not', 'The condition ends where a fact should stand.'],
    ['os.id == "a', 'os.id is compared with text in quotes, not with "a.'],
  ])('%j is refused: %s', (text, message) => {
    expect(problem(text)).toMatchObject({ message });
  });

  it('says what is near: the fact, the value, the name that others give a value', () => {
    expect(problem('os.familly == "debian"')).toMatchObject({ near: 'os.familly' });
    expect(problem('os.family == "debain"')).toMatchObject({ near: 'debain' });
    expect(problem('architecture == "amd64"')).toMatchObject({ write: 'Write "x86_64".' });
  });

  it('is read or refused, whatever the text', () => {
    const word = fc.constantFrom(
      'not',
      'and',
      'or',
      '(',
      ')',
      'cpus',
      'os.id',
      '==',
      '"x"',
      '3',
      '\\',
      '"',
      "'",
    );
    void fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join(' ')),
        ),
        (text) => {
          expect(typeof parseCondition(text).ok).toBe('boolean');
        },
      ),
    );
  });
});
