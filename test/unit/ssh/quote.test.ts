import { execFile } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quote, quoteArgv } from '../../../src/ssh/quote.js';

const shells = [
  ['dash', '-c'],
  ['busybox', 'ash', '-c'],
];

/** Raw bytes of each argument as `printf` received it, NUL-separated. */
function argumentsSeen(shell: readonly string[], argv: readonly string[]): Promise<Buffer> {
  const [program = '', ...options] = shell;
  const command = quoteArgv(['printf', '%s\\0', ...argv]);
  return new Promise((resolve, reject) => {
    execFile(program, [...options, command], { encoding: 'buffer' }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
  });
}

const hostile = fc.stringMatching(/^[ -~\n\t\r\u0001\u007f]{0,12}$/);
const word = fc.oneof(
  hostile,
  fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
  fc.constantFrom(
    '',
    "'",
    "''",
    '\\',
    "'\\''",
    '$(id)',
    '`id`',
    '-n',
    '~',
    '*',
    '!!',
    '\n',
    'a=b',
    '{a,b}',
    '#',
  ),
);

test.each(shells)('any words reach a program through %s byte for byte', async (...shell) => {
  await fc.assert(
    fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 6 }), async (argv) => {
      const seen = await argumentsSeen(shell, argv);
      expect(seen.equals(Buffer.from(argv.map((one) => `${one}\0`).join('')))).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test('plain words stay readable', () => {
  expect(quoteArgv(['ls', '-l', '/etc/motd', 'user@host:22'])).toBe('ls -l /etc/motd user@host:22');
});

test('a word with a quote, an empty word and a would-be assignment are quoted', () => {
  expect(quote("it's")).toBe("'it'\\''s'");
  expect(quote('')).toBe("''");
  expect(quote('A=b')).toBe("'A=b'");
});

test('NUL is refused, as no program can be given it', () => {
  expect(() => quote('a\0b')).toThrow('an argument may not contain NUL');
});
