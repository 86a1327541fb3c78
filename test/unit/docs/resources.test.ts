import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { example } from '../../../scripts/docs/examples.js';
import { resourcesPage, type Shown, typeNames } from '../../../scripts/docs/resources.js';

const folder = new URL('../../fixtures/examples-of-types/', import.meta.url);
const written = readdirSync(folder).flatMap((name) => /^(.+)\.yaml$/.exec(name)?.[1] ?? []);

describe('docs/resources.md', () => {
  it('there is an example of every type, and of nothing else', () => {
    expect(written.sort()).toEqual([...typeNames].sort());
  });

  it.each(typeNames)('the example of %s compiles', async (type) => {
    expect((await example(type)).undo).toMatch(/^(exact|best-effort|none)$/);
  });

  it('is what the schemas and examples give; npm run docs writes it', async () => {
    const shown: Record<string, Shown> = {};
    for (const type of typeNames) if (written.includes(type)) shown[type] = await example(type);
    await expect(resourcesPage(shown)).toMatchFileSnapshot('../../../docs/resources.md');
  });

  it('says of every attribute what it means', () => {
    const rows = resourcesPage({}).split('\n');
    expect(rows.filter((row) => /^\| `.*\| {2}\|$/.test(row))).toEqual([]);
  });
});
