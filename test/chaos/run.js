// Compiles the product, the test support and the campaign as one tree and runs it: its workers are processes of their own,
// which no test runner compiles on the way. `npm run chaos -- --seed N --runs N`.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
// One of its own: workers that are started anew must find what the others run, also beside another campaign.
mkdirSync(join(here, 'build'), { recursive: true });
const build = mkdtempSync(join(here, 'build', 'run-'));
process.on('exit', () => rmSync(build, { recursive: true, force: true }));

// Types are judged by `npm run check`.
const args = ['tsc', '-p', join(here, 'tsconfig.json'), '--noCheck', '--outDir', build];
execFileSync('npx', args, { cwd: root, stdio: 'inherit' });
cpSync(join(root, 'src'), join(build, 'src'), { recursive: true, filter: (path) => !path.endsWith('.ts') });
await import(pathToFileURL(join(build, 'test/chaos/main.js')).href);
