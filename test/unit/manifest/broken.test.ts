import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complaints, fixturesDir } from './helpers.js';

const cases = readdirSync(fixturesDir, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe('broken manifests', () => {
  it('are at least forty', () => {
    expect(cases.length).toBeGreaterThanOrEqual(40);
  });

  it.each(cases)('%s gets exactly its message', async (name) => {
    const expected = join(fixturesDir, name, 'expected.txt');
    expect(existsSync(expected), `${name} lacks expected.txt`).toBe(true);
    expect(await complaints(join(fixturesDir, name))).toBe(readFileSync(expected, 'utf8'));
  });
});
