import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitLines, Tail } from '../../../src/ssh/collect.js';

const chunks = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\n', '€') }), { maxLength: 20 });

test('lines are the same however the bytes are cut', () => {
  fc.assert(
    fc.property(chunks, fc.integer({ min: 1, max: 5 }), (parts, size) => {
      const bytes = Buffer.from(parts.join(''));
      const lines: string[] = [];
      const push = splitLines((line) => lines.push(line), 1000);
      for (let from = 0; from < bytes.length; from += size) push(bytes.subarray(from, from + size));
      expect(lines).toEqual(parts.join('').split('\n').slice(0, -1));
    }),
  );
});

test('a line without end keeps its beginning and the next one is whole', () => {
  const lines: string[] = [];
  const push = splitLines((line) => lines.push(line), 4);
  for (const part of ['abc', 'def', 'ghi\nnext', '\n']) push(Buffer.from(part));
  expect(lines).toEqual(['abcd', 'next']);
});

test('a tail is the end of all that came', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c') })),
      fc.integer({ min: 1, max: 9 }),
      (parts, limit) => {
        const tail = new Tail(limit);
        for (const part of parts) tail.push(Buffer.from(part));
        expect(tail.text()).toBe(parts.join('').slice(-limit));
      },
    ),
  );
});
