import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../support/host.js';
import { openAnsible } from './ansible.js';
import { expected, hundredResources, type Item, tenResources } from './contract.js';
import { type Engine, openEngine } from './engine.js';
import { openOpenssh, overAll } from './openssh.js';
import type { Peer, PeerName } from './peer.js';
import { millwright } from './product.js';
import { profiled } from './profile.js';
import { openPyinfra } from './pyinfra.js';
import { type Farm, startFarm } from './targets.js';
import { bootVms, type Vms } from './vms.js';

export interface Options {
  /** For what is on disk, and for the roots of the targets. */
  readonly dir: string;
  readonly memory: string;
  readonly targets: number;
  /** Real machines instead, of the qemu provider. */
  readonly vms: boolean;
  readonly parallel: number;
  readonly peers: readonly PeerName[];
  readonly rounds: number;
  readonly flat: readonly number[];
  readonly hundred: boolean;
  /** Folder for CPU profiles. */
  readonly profile?: string;
  say(line: string): void;
}

/** For all machines, ms. CPU time is that of both sides: it holds where other work takes the cores. */
export interface Cost {
  readonly wall: number;
  readonly site: number;
  readonly targets: number;
}

export interface Pair {
  readonly apply: Cost;
  readonly noop: Cost;
  readonly load: number;
}

export interface Figures {
  readonly targets: number;
  readonly parallel: number;
  readonly about: Readonly<Partial<Record<PeerName, string>>>;
  /** In rounds, where there is more than one. */
  readonly runs: Readonly<Partial<Record<PeerName, readonly Pair[]>>>;
  /** A no-op of 100 resources, and `ssh host true`, on all machines: ms, round by round. */
  readonly hundred: readonly { readonly noop: Cost; readonly sshTrue: Cost }[];
  /** By number of machines. */
  readonly flat: Readonly<Record<string, Pair>>;
}

interface Bench extends Options {
  readonly engine: Engine;
  readonly ours: Peer;
  readonly openssh: Peer;
  readonly machines?: Vms;
}

export async function measure(options: Options): Promise<Figures> {
  const engine = await openEngine(options.dir, options.parallel);
  const { version } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'));
  const ours = millwright(engine, `millwright ${version}, Temporal's dev server and the record included`);
  const machines = options.vms ? await bootVms(options.targets, engine.login, options.say) : undefined;
  const bench: Bench = { ...options, engine, ours, openssh: await openOpenssh(), machines };
  try {
    options.say('warming up');
    await once(bench, ours, tenResources, Math.min(10, options.targets));
    const pairs = await rounds(bench);
    const others = await onceEach(bench);
    return {
      ...{ targets: options.targets, parallel: options.parallel },
      about: { millwright: ours.about, openssh: bench.openssh.about, ...others.about },
      runs: { ...pairs, ...others.runs },
      hundred: options.hundred ? await hundred(bench) : [],
      flat: await flat(bench),
    };
  } finally {
    await machines?.close();
    await engine.close();
  }
}

/** The two that are close to each other, in turns. */
async function rounds(bench: Bench) {
  const runs = { millwright: [] as Pair[], openssh: [] as Pair[] };
  for (let n = 0; n < bench.rounds; n++) {
    const order = n % 2 === 0 ? [bench.openssh, bench.ours] : [bench.ours, bench.openssh];
    for (const peer of order)
      runs[peer.name as keyof typeof runs].push(await once(bench, peer, tenResources, bench.targets));
  }
  return runs;
}

async function onceEach(bench: Bench) {
  const about: Partial<Record<PeerName, string>> = {};
  const runs: Partial<Record<PeerName, readonly Pair[]>> = {};
  for (const name of bench.peers) {
    const peer = await openOther(name, bench.say);
    if (peer === undefined) continue;
    try {
      // What it compiles of itself at its first use isn't counted.
      await once(bench, peer, tenResources, 1);
      runs[name] = [await once(bench, peer, tenResources, bench.targets)];
      about[name] = peer.about;
    } catch (error) {
      // It may take half an hour until here: what was measured is still told.
      bench.say(`${name} failed: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
  }
  return { about, runs };
}

async function openOther(name: PeerName, say: Options['say']): Promise<Peer | undefined> {
  if (name === 'ansible' || name === 'mitogen') return openAnsible(name === 'mitogen', say);
  return name === 'pyinfra' ? openPyinfra(say) : undefined;
}

let farms = 0;

/** Runs `use` on machines that nobody has touched. */
async function onFarm<T>(
  bench: Bench,
  count: number,
  use: (farm: Farm, dir: string) => Promise<T>,
): Promise<T> {
  const n = ++farms;
  const dir = join(bench.dir, `run-${n}`);
  mkdirSync(dir);
  const farm =
    bench.machines === undefined
      ? await startFarm(join(bench.memory, String(n)), count, bench.engine.login)
      : await bench.machines.farm(dir, count);
  try {
    return await use(farm, dir);
  } finally {
    await farm.stop();
  }
}

/** Apply, then the same again; both are judged by what is on the machines, not only by what was said. */
function once(bench: Bench, peer: Peer, items: readonly Item[], count: number): Promise<Pair> {
  return onFarm(bench, count, async (farm, dir) => {
    const run = await peer.prepare({ farm, items, parallel: bench.parallel, dir });
    const before = load();
    const profile = peer.name === 'millwright' ? bench.profile : undefined;
    const apply = await costOf(farm, profile, `apply-${count}`, () => run.go('changes'));
    await requireContract(farm, items);
    const noop = await costOf(farm, profile, `noop-${count}`, () => run.go('nothing'));
    bench.say(
      `${peer.name.padEnd(10)} ${count} machines: apply ${shown(apply, count)}, no-op ${shown(noop, count)}, load ${before}`,
    );
    return { apply, noop, load: before };
  });
}

const shown = ({ wall, site, targets }: Cost, count: number): string =>
  `${(wall / 1000).toFixed(2)} s [CPU per machine: here ${(site / count).toFixed(0)} ms, there ${(targets / count).toFixed(0)} ms]`;

async function costOf(
  farm: Farm,
  profile: string | undefined,
  name: string,
  work: () => Promise<number>,
): Promise<Cost> {
  const [begun, before] = [performance.now(), farm.cpu()];
  const site = await (profile === undefined ? work() : profiled(profile, name, work));
  const wall = performance.now() - begun;
  return { wall: Math.round(wall), site: Math.round(site), targets: Math.round(farm.cpu() - before) };
}

async function requireContract(farm: Farm, items: readonly Item[]): Promise<void> {
  for (const target of farm.targets)
    for (const [path, text] of expected(items, target.name))
      if ((await farm.textOn(target, path)) !== text)
        throw new Error(`${target.name}: ${path} is not as the contract has it`);
}

async function hundred(bench: Bench): Promise<Figures['hundred']> {
  return onFarm(bench, bench.targets, async (farm, dir) => {
    const run = await bench.ours.prepare({ farm, items: hundredResources, parallel: bench.parallel, dir });
    await run.go('changes');
    await requireContract(farm, hundredResources);
    const names = farm.targets.map(({ name }) => name);
    const bare = async () =>
      (await overAll(names, bench.parallel, ['ssh', '-F', farm.sshConfig, '{}', 'true'])).cpu;
    const measured: { noop: Cost; sshTrue: Cost }[] = [];
    for (let n = 0; n < bench.rounds; n++) {
      const sshTrue = await costOf(farm, undefined, '', bare);
      const noop = await costOf(farm, bench.profile, 'noop-of-100-resources', () => run.go('nothing'));
      bench.say(
        `no-op of 100 resources ${shown(noop, names.length)}, ssh host true ${shown(sshTrue, names.length)}`,
      );
      measured.push({ noop, sshTrue });
    }
    return measured;
  });
}

async function flat(bench: Bench): Promise<Figures['flat']> {
  const sizes: Record<string, Pair> = {};
  for (const count of bench.flat) sizes[count] = await once(bench, bench.ours, tenResources, count);
  return sizes;
}
