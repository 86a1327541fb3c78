import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeHost } from '../support/host.js';
import { measure } from './measure.js';
import { type PeerName, peerNames } from './peer.js';
import { documentOf, tableOf } from './report.js';

const usage = `npm run bench:push -- [options]
  --json FILE            also write the figures to FILE
  --targets N            machines (default 50)
  --vms                  real machines of the qemu provider instead of an sshd each (default 3 then)
  --parallel N           machines at a time (default 10)
  --peers A,B            of ${peerNames.join(', ')} (default all); millwright and openssh always
  --rounds N             pairs of millwright and openssh (default 3); the others run once
  --flat N,N             sizes for the cost per machine (default 50,500); none: leave it out
  --no-hundred           leave out the check of 100 resources
  --profile DIR          write CPU profiles of the worker's thread there`;

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    targets: { type: 'string' },
    vms: { type: 'boolean', default: false },
    parallel: { type: 'string', default: '10' },
    peers: { type: 'string', default: peerNames.join(',') },
    rounds: { type: 'string', default: '3' },
    flat: { type: 'string' },
    'no-hundred': { type: 'boolean', default: false },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const sizes = (text: string): number[] => (text === 'none' ? [] : text.split(',').map(Number));

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  if (values.help) return say(usage);
  const peers = values.peers.split(',') as PeerName[];
  const unknown = peers.find((one) => !peerNames.includes(one));
  if (unknown !== undefined) throw new Error(`--peers takes ${peerNames.join(', ')}, not ${unknown}`);
  if (process.getuid?.() !== 0) throw new Error('it mounts the roots of its targets, and must run as root');
  const dir = mkdtempSync(join(tmpdir(), 'mw-p-'));
  // An overlay's upper folder may not lie below its lower one, which is the whole root file system.
  const memory = mkdtempSync('/dev/shm/mw-p-');
  try {
    const host = await describeHost();
    const { qemu: _, ...shown } = host;
    say(
      Object.entries(shown)
        .map((entry) => entry.join(' '))
        .join(', '),
    );
    if (Number(host.load) > Number(host.cores))
      say('Other work loads this machine: trust the ratios, not the times.');
    const figures = await measure({
      ...{ dir, memory, peers, say, profile: values.profile, hundred: !values['no-hundred'] },
      ...{
        targets: Number(values.targets ?? (values.vms ? 3 : 50)),
        vms: values.vms,
        parallel: Number(values.parallel),
        rounds: Number(values.rounds),
      },
      flat: sizes(values.flat ?? (values.vms ? 'none' : '50,500')),
    });
    say(tableOf(figures));
    if (values.json !== undefined)
      writeFileSync(values.json, `${JSON.stringify({ ...documentOf(figures), host: shown }, null, 2)}\n`);
  } finally {
    for (const one of [dir, memory]) rmSync(one, { recursive: true, force: true });
  }
}

await main();
