import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Done, output, run } from './command.js';
import type { Peer, Run, Work } from './peer.js';
import { scriptOf } from './script.js';

/** The same contract as a shell script over the system's own ssh, as many at a time as the others. */
export async function openOpenssh(): Promise<Peer> {
  const about = (await output(['ssh', '-V'])).trim();
  return { name: 'openssh', about: `${about}, sh -s by xargs`, prepare };
}

async function prepare({ farm, items, parallel, dir }: Work): Promise<Run> {
  const scripts = join(dir, 'scripts');
  await mkdir(scripts, { recursive: true });
  for (const { name } of farm.targets) await writeFile(join(scripts, name), scriptOf(items, name));
  const one = 'ssh -F "$1" "$2" sh -s < "$3/$2"';
  const names = farm.targets.map(({ name }) => name);
  return {
    async go(expect) {
      const { said, cpu } = await overAll(names, parallel, [
        'sh',
        '-c',
        one,
        'sh',
        farm.sshConfig,
        '{}',
        scripts,
      ]);
      const changed = said.split('\n').filter((line) => line.startsWith('changed ')).length;
      const wanted = expect === 'changes' ? names.length * items.length : 0;
      if (changed !== wanted) throw new Error(`openssh: ${changed} changes, expected ${wanted}\n${said}`);
      return cpu;
    },
  };
}

/** `argv` once per machine, `{}` being its name. */
export const overAll = (names: readonly string[], parallel: number, argv: readonly string[]): Promise<Done> =>
  run(['xargs', '-P', String(parallel), '-I', '{}', ...argv], { input: names.join('\n') });
