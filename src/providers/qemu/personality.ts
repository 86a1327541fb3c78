import { readFile } from 'node:fs/promises';
import { writeWhole } from './files.js';
import type { Image } from './images/types.js';
import { nocloudImage } from './nocloud.js';
import type { Inventory } from './record.js';
import { seedText } from './seed.js';

/** Writes what the guest reads about itself; the same for every start of an instance. */
export async function writeSeed({ files, record }: Inventory, image: Image): Promise<void> {
  const key = await readFile(files.hostKey, 'utf8');
  const seed =
    image.meta.seed === 'millwright' ? seedText(record, key, image.meta.init) : nocloudImage(record, key);
  await writeWhole(files.seed, seed);
}
