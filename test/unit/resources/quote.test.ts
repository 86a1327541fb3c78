import { execa } from 'execa';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { slotToken } from '../../../src/model/index.js';
import { compileResource, quote } from '../../../src/resources/index.js';
import { partsOf, quoteWithSlots } from '../../../src/resources/text.js';

const text = fc.string({ unit: 'binary', maxLength: 200 }).map((value) => value.replaceAll('\0', ''));

describe.each(['dash', 'busybox ash'])('quoting for %s', (shell) => {
  const [program = '', ...args] = shell.split(' ');

  test('whatever is quoted arrives as exactly one word', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async (words) => {
        const { stdout } = await execa(
          program,
          [...args, '-c', `printf '%s\\0' ${words.map(quote).join(' ')}`],
          {
            stripFinalNewline: false,
          },
        );
        expect(stdout).toBe(Buffer.from(words.map((word) => `${word}\0`).join('')).toString());
      }),
      { numRuns: 50 },
    );
  });

  test('slots are filled in where their tokens stand', async () => {
    const word = quoteWithSlots(`a'b${slotToken('x.y-z_1')}$(id)${slotToken('q')}`);
    const { stdout } = await execa(program, [
      ...args,
      '-c',
      `slot_x_dy_mz__1='it '"'s" slot_q='*'; printf %s ${word}`,
    ]);
    expect(stdout).toBe("a'bit 's$(id)*");
  });
});

test('a text is cut at its tokens and nowhere else', async () => {
  await fc.assert(
    fc.property(fc.array(fc.oneof(text, fc.constant(slotToken('s.1')))), (pieces) => {
      const whole = pieces.join('');
      const joined = partsOf(whole).map((part) => ('slot' in part ? slotToken(part.slot) : part.text));
      expect(joined.join('')).toBe(whole);
    }),
  );
});

test('names and paths that no machine can take are refused by name', () => {
  const file = { type: 'file', id: 'file:x', notify: [], follow: false, absent: false } as const;
  for (const path of ['etc/motd', '/etc/../motd', '/etc/a\nb', '/etc/', '/', '/a/./b'])
    expect(() => compileResource({ ...file, file: path })).toThrow(/is not an absolute path to one file/);
  expect(() => compileResource({ ...file, file: '/x', content: 'a\0b' })).toThrow(/NUL/);
  expect(() => compileResource({ ...file, file: '/x', mode: '888' })).toThrow(/not a valid name/);
  const named = { id: 'package:x', notify: [], absent: false } as const;
  expect(() => compileResource({ ...named, type: 'package', name: 'nginx; reboot' })).toThrow(
    /not a valid name/,
  );
});

test('the hash of a step is of what it means: the order of groups does not change it, content does', () => {
  const user = { type: 'user', id: 'user:a', user: 'a', notify: [], system: false, absent: false } as const;
  const hash = (groups: string[]): string => compileResource({ ...user, groups }).hash;
  expect(hash(['x', 'y'])).toBe(hash(['y', 'x']));
  expect(hash(['x'])).not.toBe(hash(['y']));
  const file = { type: 'file', id: 'file:/x', file: '/x', notify: [], follow: false, absent: false } as const;
  expect(compileResource({ ...file, content: 'a' }).hash).not.toBe(
    compileResource({ ...file, content: 'b' }).hash,
  );
  expect(compileResource({ ...file, mode: '0644' }).hash).toBe(
    compileResource({ ...file, mode: '644' }).hash,
  );
});

test('declared types are repeatable; of commands only those with a guard', () => {
  const command = { type: 'command', id: 'command:x', name: 'x', run: 'true', notify: [], env: {} } as const;
  const rest = { once: false, always: false, timeoutMs: 1000 };
  expect(compileResource({ ...command, ...rest, always: true }).repeatable).toBe(false);
  expect(compileResource({ ...command, ...rest, once: true }).repeatable).toBe(true);
  expect(compileResource({ ...command, ...rest, creates: '/x' }).repeatable).toBe(true);
});
