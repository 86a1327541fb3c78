import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sharedImages } from '../../support/stack.js';

/** Beside the images: what is fetched once for all tests. */
const shared = join(sharedImages(), '..');

/** Where every stack finds the environment that the first one made. */
export function sharedAnsible(): string {
  const dir = join(shared, 'ansible');
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** Command lines of processes on this host that work in a folder of a playbook that process `pid` runs. */
export const playing = (pid: number): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return [];
      }
    })
    .filter((line) => line.includes(`mw-ansible-${pid}-`));

/** Shell text that prints how many processes have a command line that begins like this; needs no procps. */
export const running = (begins: string): string =>
  `for one in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$one; echo; done 2>/dev/null | grep -c '^${begins}' || true`;
