// Runs the importing script on a Node that Millwright supports. Where the system's is too old, the one named in
// .node-version is brought from the npm registry into .toolchain, beside node_modules, and used from there.
// Plain JavaScript that older Nodes understand, because one of them may read it.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const toolchain = join(root, '.toolchain');
const pinned = readFileSync(join(root, '.node-version'), 'utf8').trim();
const nodePackage = `node-${process.platform}-${process.arch}`;
const home = join(toolchain, 'node_modules', nodePackage);
const broughtNode = join(home, 'bin', 'node');

export function isSupported(version) {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const wanted = engines.node.match(/\d+/g).map(Number);
  const given = version.split('.').map(Number);
  for (let at = 0; at < wanted.length; at += 1) {
    if (given[at] !== wanted[at]) return given[at] > wanted[at];
  }
  return true;
}

/** Where this Node is too old: goes on with the brought one, and ends as it ends. */
export function goOnWithSupportedNode() {
  if (isSupported(process.versions.node)) return;
  if (broughtVersion() !== pinned) bring();
  const { status } = spawnSync(broughtNode, process.argv.slice(1), {
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: [dirname(broughtNode), process.env.PATH].join(delimiter),
      // Native packages are compiled against the headers of the Node that will load them.
      npm_config_nodedir: home,
    },
  });
  process.exit(status ?? 1);
}

/** `npm run` and `npx` look here first, so that what people type later uses the same Node. */
export function putFirstOnNpmPath() {
  const link = join(root, 'node_modules', '.bin', 'node');
  if (process.execPath !== broughtNode) {
    rmSync(link, { force: true });
    return;
  }
  if (lstatSync(link, { throwIfNoEntry: false }) === undefined) symlinkSync(broughtNode, link);
}

function broughtVersion() {
  if (!existsSync(broughtNode)) return undefined;
  return JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).version;
}

function bring() {
  console.error(`setup: Node ${process.versions.node} is too old; Node ${pinned} is brought into .toolchain`);
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', toolchain];
  const { status } = spawnSync('npm', [...args, `${nodePackage}@${pinned}`], { stdio: ['inherit', 2, 2] });
  if (status === 0 && existsSync(broughtNode)) return;
  console.error(
    `setup: Node ${pinned} could not be brought; what npm said is above. Install Node ${pinned} or later yourself (https://nodejs.org/en/download), then type the same command again.`,
  );
  process.exit(2);
}
