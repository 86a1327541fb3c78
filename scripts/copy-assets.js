// tsc emits only JavaScript; the scripts that sources read by URL are copied beside it.
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const assets = readdirSync('src', { recursive: true }).filter(
  (name) => !/\.ts$/.test(name) && /\.[a-z0-9]+$/.test(name),
);
for (const name of assets) cpSync(join('src', name), join('dist', name), { recursive: true });
