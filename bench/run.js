// Compiles the product, the test support and the benches as one tree, then runs the bench that is named first: what is
// measured is JavaScript as a release runs it, not sources transformed on the way.
import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const bench = dirname(fileURLToPath(import.meta.url));
const root = join(bench, '..');
const build = join(bench, 'build');
const [name = '', ...rest] = process.argv.slice(2);

// Types are judged by `npm run check`.
execFileSync('npx', ['tsc', '-p', join(bench, 'tsconfig.json'), '--noCheck'], {
  cwd: root,
  stdio: 'inherit',
});
cpSync(join(root, 'src'), join(build, 'src'), { recursive: true, filter: (path) => !path.endsWith('.ts') });
process.argv = [process.argv[0] ?? 'node', name, ...rest];
await import(pathToFileURL(join(build, 'bench', name, 'main.js')).href);
