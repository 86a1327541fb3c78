// Compiles the product, the test support and the campaign as one tree and runs it: its workers are processes of their own,
// which no test runner compiles on the way. `npm run chaos -- --seed N --runs N`.
import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const build = join(here, 'build');

// Types are judged by `npm run check`.
execFileSync('npx', ['tsc', '-p', join(here, 'tsconfig.json'), '--noCheck'], { cwd: root, stdio: 'inherit' });
cpSync(join(root, 'src'), join(build, 'src'), { recursive: true, filter: (path) => !path.endsWith('.ts') });
await import(pathToFileURL(join(build, 'test/chaos/main.js')).href);
