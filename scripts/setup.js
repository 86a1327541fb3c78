// Everything a fresh clone needs before it can run or test itself; each step is skipped when it is done already.
// Plain JavaScript without dependencies, because it is what installs them.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goOnWithSupportedNode, putFirstOnNpmPath } from './node.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function run(title, command, args) {
  console.error(`setup: ${title}`);
  // What tools print while they install belongs on stderr: stdout is data.
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['inherit', 2, 2] });
  if (status === 0) return;
  console.error(
    `setup: ${title} failed${error === undefined ? '' : `: ${error.message}`}; what it said is above.`,
  );
  process.exit(status ?? 1);
}

function modifiedAt(path) {
  const full = join(root, path);
  return existsSync(full) ? statSync(full).mtimeMs : 0;
}

/** What the tests prove Millwright against, beside what the product itself needs. Program to Debian package. */
const peers = {
  '/usr/sbin/sshd': 'openssh-server',
  '/usr/sbin/dropbear': 'dropbear-bin',
  '/usr/share/postgresql-common/pg_wrapper': 'postgresql',
  '/usr/bin/docker-compose': 'docker-compose',
  '/usr/bin/busybox': 'busybox-static',
  '/usr/bin/dash': 'dash',
  '/usr/bin/dnf': 'dnf',
  '/usr/bin/createrepo_c': 'createrepo-c',
  '/usr/bin/rpmbuild': 'rpm',
  '/usr/sbin/locale-gen': 'locales',
  '/usr/sbin/update-ca-certificates': 'ca-certificates',
  '/usr/bin/openssl': 'openssl',
  '/usr/bin/sudo': 'sudo',
  '/usr/bin/doas': 'opendoas',
  '/usr/bin/ssh-agent': 'openssh-client',
  '/usr/sbin/nft': 'nftables',
  '/usr/sbin/cron': 'cron',
  '/usr/bin/ip': 'iproute2',
  '/usr/bin/git': 'git',
  '/usr/bin/curl': 'curl',
  '/usr/bin/unzip': 'unzip',
  '/usr/bin/xz': 'xz-utils',
  '/usr/bin/zstd': 'zstd',
  '/usr/share/doc/python3-venv': 'python3-venv',
};

function installPeers() {
  const packages = Object.entries(peers)
    .filter(([path]) => !existsSync(path))
    .map(([, name]) => name);
  if (packages.length === 0) return;
  const sudo = process.getuid() === 0 ? [] : ['sudo', '-n'];
  const env = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive'];
  const apt = (...args) =>
    run(`apt-get ${args.join(' ')}`, env[0], [...env.slice(1), 'apt-get', '-q', ...args]);
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...packages);
}

/** Native packages load only into the Node whose interface they were compiled for. */
const builtFor = join(root, 'node_modules', '.built-for-node-abi');
const isBuiltForThisNode = () =>
  existsSync(builtFor) && readFileSync(builtFor, 'utf8') === process.versions.modules;

function installPackages() {
  const isCurrent = modifiedAt('node_modules/.package-lock.json') >= modifiedAt('package-lock.json');
  if (isCurrent && isBuiltForThisNode()) return;
  // Not `npm ci`: it refuses a lock file that lacks the optional binaries of platforms a registry doesn't carry.
  run('npm packages', 'npm', ['install', '--no-save', '--no-audit', '--no-fund']);
  if (isCurrent) run('native packages', 'npm', ['rebuild']);
  writeFileSync(builtFor, process.versions.modules);
}

goOnWithSupportedNode();
installPackages();
putFirstOnNpmPath();
run('build', 'npm', ['run', '--silent', 'build']);
if (!process.argv.includes('--no-doctor')) {
  const yes = process.argv.includes('-y') || process.env.CI === 'true' ? ['-y'] : [];
  run('tools (millwright doctor --fix)', process.execPath, ['bin/millwright.js', 'doctor', '--fix', ...yes]);
}
if (process.argv.includes('--tests')) installPeers();
