import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../../src/manifest/index.js';
import { formatPath, parsePath } from '../../../src/manifest/path.js';
import { loadFiles, minimal, shopDir } from './helpers.js';

const shop = readFileSync(`${shopDir}/fleet.yaml`, 'utf8');
const base = readFileSync(`${shopDir}/configs/base.yaml`, 'utf8');

/** Loads, and says what came of it; a throw fails the property, as does a problem without a place. */
async function outcome(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  const result = await loadFiles(files);
  if (result.ok) return;
  expect(result.problems.length).toBeGreaterThan(0);
  for (const { at, message } of result.problems) {
    expect([at.line > 0, at.column > 0, at.file !== '', message !== '']).toEqual([true, true, true, true]);
  }
  expect(formatProblems(result.problems, result.files)).not.toMatch(/\bat .*\.[jt]s:\d+|undefined|\[object/);
}

const yamlPieces = fc.constantFrom(
  'a',
  ':',
  ' ',
  '\n',
  '- ',
  '[',
  ']',
  '{',
  '}',
  '&a',
  '*a',
  '!!x',
  '"',
  "'",
  '|',
  '#',
  '?',
  '<<',
  '0',
  '\t',
  '%',
  '---',
  '\u0001',
  'é',
);

/** A value that YAML can hold, for any place of a manifest. */
const anything = fc.jsonValue({ maxDepth: 3, noUnicodeString: false });

describe('whatever a file holds', () => {
  it('loading any text ends with a fleet or with problems', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), (text) => outcome({ 'fleet.yaml': text })),
      { numRuns: 150 },
    );
  });

  it('loading any bytes ends with a fleet or with problems', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (bytes) => outcome({ 'fleet.yaml': bytes })),
      { numRuns: 100 },
    );
  });

  it('loading any row of YAML marks ends with a fleet or with problems', async () => {
    const rows = fc.array(yamlPieces, { maxLength: 60 }).map((pieces) => minimal + pieces.join(''));
    await fc.assert(
      fc.asyncProperty(rows, (text) => outcome({ 'fleet.yaml': text })),
      { numRuns: 300 },
    );
  });

  it('loading any value in any section ends with a fleet or with problems', async () => {
    const sections = fc.constantFrom(
      'people',
      'secrets',
      'sites',
      'images',
      'networks',
      'vars',
      'configs',
      'defaults',
      'groups',
      'environments',
      'include',
    );
    await fc.assert(
      fc.asyncProperty(sections, anything, (section, value) => {
        const text = minimal.replace(/^environments.*\n/m, section === 'environments' ? '' : '$&');
        return outcome({ 'fleet.yaml': `${text}${section}: ${JSON.stringify(value)}\n` });
      }),
      { numRuns: 200 },
    );
  });

  it('loading the shop with one line lost, doubled or spoilt ends with a fleet or with problems', async () => {
    const lines = shop.split('\n');
    const spoil = fc.constantFrom('', 'x', ' ', ':', '"', '[', '\t', '${{');
    await fc.assert(
      fc.asyncProperty(fc.nat(lines.length - 1), fc.nat(2), spoil, (index, how, piece) => {
        const line = lines[index] ?? '';
        const changed = how === 0 ? [] : how === 1 ? [line, line] : [line + piece];
        const text = [...lines.slice(0, index), ...changed, ...lines.slice(index + 1)].join('\n');
        return outcome({ 'fleet.yaml': text, 'configs/base.yaml': base, 'files/shop.conf': '' });
      }),
      { numRuns: 200 },
    );
  });
});

describe('dotted paths', () => {
  it('are read as they were written', () => {
    const segment = fc.oneof(fc.string({ minLength: 1 }), fc.nat());
    fc.assert(
      fc.property(fc.array(segment), (path) => {
        expect(parsePath(formatPath(path))).toEqual(path);
      }),
    );
  });

  it('are undefined when no path', () => {
    for (const text of ['a..b', '.a', 'a b', 'a[', 'a[x]', 'a["]'])
      expect(parsePath(text), text).toBeUndefined();
  });
});
