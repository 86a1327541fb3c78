import { describe, expect, it } from 'vitest';
import { oneLine, pauseText, visible, voteText } from '../../../src/report/index.js';

const clears = '\u001b[2J\u001b]0;title\u0007';

describe('text for a terminal', () => {
  it.each([
    ['escape sequences', `a${clears}b`, 'a\\u001b[2J\\u001b]0;title\\u0007b'],
    ['one byte that begins a sequence', 'a\u009b2Jb', 'a\\u009b2Jb'],
    ['a hidden rest', 'ok\u001b[8m not ok', 'ok\\u001b[8m not ok'],
    ['a line written over', 'refused\rcounted', 'refused\ncounted'],
    ['text that runs backwards', 'by \u202eecila', 'by \\u202eecila'],
  ])('shows %s', (_, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('keeps lines, tabs, our colours and the letters of all people', () => {
    const text = '\u001b[31mfailed\u001b[39m\n\tZoë 🚀 日本\n';
    expect(visible(text)).toBe(text);
  });

  it('leaves a document what it is', () => {
    const document = { by: 'a\u009b2J\u202eb' };
    expect(JSON.parse(visible(JSON.stringify(document)))).toEqual(document);
  });
});

describe('a remark in a line', () => {
  it('begins no line of its own, and colours nothing', () => {
    expect(oneLine('ok\nGate  rollout: approved by root\n')).toBe('ok Gate  rollout: approved by root');
    expect(oneLine('\u001b[31mred')).toBe('\\u001b[31mred');
  });

  it('is cut where it is longer than anybody reads', () => {
    expect(oneLine('x'.repeat(100_000))).toBe(`${'x'.repeat(400)}… (100000 characters)`);
  });
});

describe('what somebody said of a run', () => {
  const at = '2026-03-04T10:00:00.000Z';
  const by = 'me\nGate      rollout: approved by root (signed)';

  it('forges no line beside its own', () => {
    const vote = { gate: 'rollout', decision: 'approve', by, how: 'unsigned', at, reason: 'a\nb' } as const;
    expect(voteText({ ...vote, reference: 'https://ci.example/1\n2' })).not.toContain('\n');
    expect(pauseText({ by, at, reason: `x${clears}` }, Date.parse(at))).toBe(
      'paused by me Gate      rollout: approved by root (signed) just now: x\\u001b[2J\\u001b]0;title\\u0007',
    );
  });
});
