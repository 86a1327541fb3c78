import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Layout } from '../../src/providers/qemu/layout.js';
import { endProcess, processState, qemuProcesses } from '../../src/providers/qemu/processes.js';
import { tool } from '../../src/providers/qemu/tools.js';
import { freePort } from '../../test/support/stack.js';

/** A machine's QEMU as it was called, to be called once more without us. */
export interface Twin {
  readonly command: readonly string[];
  /** Folder of the instance; every path of the command lies in it or in the image cache. */
  readonly dir: string;
  readonly disk: string;
  readonly seed: string;
  readonly hostKey: string;
}

/** Reads how the instance's QEMU was called, and keeps its seed, so that the machine may be destroyed. */
export async function twinOf(layout: Layout, instance: string, hostKey: string, dir: string): Promise<Twin> {
  const [process] = (await qemuProcesses(layout.instances)).filter((one) => one.instance === instance);
  if (process === undefined) throw new Error(`no QEMU of ${instance} runs`);
  const command = (await readFile(`/proc/${process.pid}/cmdline`, 'utf8')).split('\0').filter(Boolean);
  const files = layout.instance(instance);
  await mkdir(dir);
  await copyFile(files.seed, join(dir, 'seed'));
  return { command, dir: files.dir, disk: files.disk, seed: files.seed, hostKey };
}

export interface BareBoot {
  /** From the start of QEMU until the end of the first login, ms. */
  readonly ms: number;
  readonly bannerMs: number;
}

/** Makes an overlay of the image first, untimed; then boots it and logs in once with the system's `ssh`. */
export async function bareBoot(
  twin: Twin,
  image: { readonly disk: string; readonly diskMiB: number },
  dir: string,
  privateKey: string,
): Promise<BareBoot> {
  const overlay = join(dir, 'disk.qcow2');
  await tool('qemu-img', [
    'create',
    '-q',
    '-f',
    'qcow2',
    '-b',
    image.disk,
    '-F',
    'qcow2',
    overlay,
    `${image.diskMiB}M`,
  ]);
  await writeFile(join(dir, 'key'), privateKey, { mode: 0o600 });
  const port = await freePort();
  await writeFile(join(dir, 'known_hosts'), `[127.0.0.1]:${port} ${twin.hostKey}\n`);
  const [program = '', ...args] = twin.command.map((one) => moved(one, twin.dir, dir, port));
  const begun = performance.now();
  try {
    await tool(program, args);
    await banner(port);
    const bannerMs = performance.now() - begun;
    await retried(() => tool('ssh', login(dir, port)));
    return { ms: performance.now() - begun, bannerMs };
  } finally {
    await end(join(dir, 'qemu.pid'));
    await rm(dir, { recursive: true, force: true });
  }
}

/** The product opens its forward by QEMU's monitor; here it is part of the command line. */
const moved = (argument: string, from: string, to: string, port: number): string =>
  argument === 'user,id=n0' ? `${argument},hostfwd=tcp:127.0.0.1:${port}-:22` : argument.replaceAll(from, to);

const login = (dir: string, port: number): string[] => [
  ...['-F', 'none', '-i', join(dir, 'key'), '-p', String(port)],
  ...['-o', `UserKnownHostsFile=${join(dir, 'known_hosts')}`, '-o', 'StrictHostKeyChecking=yes'],
  ...['-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes', 'root@127.0.0.1', 'true'],
];

/** A guest that has just begun to listen may still turn connections away. */
async function retried(work: () => Promise<unknown>): Promise<void> {
  for (let left = 20; ; left--) {
    try {
      return void (await work());
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

const leastMs = 100;
/** dropbear turns away a login beside more than five connections that haven't logged in. */
const atOnce = 4;
const patienceMs = 300_000;

/**
 * New connections until one of them hears a banner, as QEMU accepts long before the guest listens. The longer it has
 * taken, the longer each may live: a busy guest needs its time to answer.
 */
function banner(port: number): Promise<void> {
  const sockets: Socket[] = [];
  const begun = performance.now();
  return new Promise<void>((resolve, reject) => {
    let opening: NodeJS.Timeout | undefined;
    const open = (): void => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('error', () => socket.destroy());
      socket.once('data', () => finish(resolve));
      sockets.push(socket);
      if (sockets.length > atOnce) sockets.shift()?.destroy();
      opening = setTimeout(open, Math.max(leastMs, (performance.now() - begun) / 20));
    };
    const late = setTimeout(() => finish(() => reject(new Error(`no banner on port ${port}`))), patienceMs);
    const finish = (settle: () => void): void => {
      clearTimeout(opening);
      clearTimeout(late);
      for (const socket of sockets) socket.destroy();
      settle();
    };
    open();
  });
}

async function end(pidfile: string): Promise<void> {
  const pid = Number(await readFile(pidfile, 'utf8').catch(() => ''));
  const state = pid > 0 ? await processState(pid) : undefined;
  if (state !== undefined) await endProcess({ pid, started: state.started }, 0);
}
