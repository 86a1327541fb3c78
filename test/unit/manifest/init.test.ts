import { describe, expect, it } from 'vitest';
import { initFleet, templateNames } from '../../../src/manifest/index.js';
import { loaded, shopDir, withFiles } from './helpers.js';

const made = (template: string, keys?: readonly string[]) => {
  const files = initFleet({ fleet: 'my-fleet', template, keys });
  if (!files) throw new Error(`no template ${template}`);
  return files;
};

describe('init', () => {
  it.each(templateNames)('makes a fleet of template %s that loads in each environment', async (template) => {
    await withFiles(made(template), async (dir) => {
      for (const environment of ['dev', 'prod']) {
        const fleet = await loaded(dir, environment);
        expect(fleet.manifest.fleet).toBe('my-fleet');
        expect(fleet.warnings).toEqual([]);
      }
    });
  });

  it('puts the given keys on the machines', async () => {
    const { manifest } = await loaded(shopDir);
    const key = manifest.people.platform?.keys[0] ?? '';
    await withFiles(made('web', [key]), async (dir) => {
      expect((await loaded(dir)).manifest.people.me?.keys).toEqual([key]);
    });
  });

  it('mints a new uid each time', () => {
    expect(made('micro')['fleet.yaml']).not.toBe(made('micro')['fleet.yaml']);
  });

  it('keeps the editor schema out of git and writes a CI file', () => {
    const files = made('web');
    expect(files['.gitignore']).toBe('.millwright/\n');
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining([
        '.millwright/fleet.schema.json',
        '.github/workflows/fleet.yml',
        'configs/base.yaml',
      ]),
    );
  });

  it('knows no other template', () => {
    expect(initFleet({ fleet: 'shop', template: 'constructor' })).toBeUndefined();
  });
});
