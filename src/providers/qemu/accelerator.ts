import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readText, writeWhole } from './files.js';
import { ask } from './tools.js';

export type Accelerator = 'kvm' | 'tcg';

/**
 * A boot sector that enters 64-bit mode, counts to a million and leaves through the debug port. Some hosts offer a
 * /dev/kvm that emulates a guest's early modes instruction by instruction: only the clock tells it from a real one.
 */
const probeHead =
  '+jHAjtiOwI7QvABw6hF8AAC/ABC5ABgxwPzzq2bHBgAQAyAAAGbHBgAgAzAAAGbHBgAwgwAAAOSSDALmkma4ABAAAA8i2A8g4GaDyCAPIuBmuYAAAMAPMmYNAAEAAA8wDwEWmHwPIMBmDQEAAIAPIsDqdnwIALkAABAA/8l1/LAg5vT06/1mkAAAAAAAAAAA//8AAACarwAPAIh8AA==';
const FINISHED = 65;
const LIMIT_MS = 2000;

/** What `auto` means on this host: measured once per boot and remembered in `cache`. */
export async function chooseAccelerator(wanted: Accelerator | 'auto', cache: string): Promise<Accelerator> {
  if (wanted !== 'auto') return wanted;
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const known = await remembered(cache, boot);
  if (known) return known;
  const accelerator = (await kvmIsFast()) ? 'kvm' : 'tcg';
  await writeWhole(cache, `${JSON.stringify({ boot, accelerator })}\n`);
  return accelerator;
}

async function remembered(cache: string, boot: string): Promise<Accelerator | undefined> {
  try {
    const verdict = JSON.parse((await readText(cache)) ?? '{}') as {
      boot?: string;
      accelerator?: Accelerator;
    };
    return verdict.boot === boot ? verdict.accelerator : undefined;
  } catch {
    return undefined;
  }
}

async function kvmIsFast(): Promise<boolean> {
  if (!/\b(vmx|svm)\b/.test(await readFile('/proc/cpuinfo', 'utf8'))) return false;
  const dir = await mkdtemp(join(tmpdir(), 'mw-probe-'));
  try {
    const image = join(dir, 'probe.img');
    await writeFile(image, bootSector());
    return (await probe('kvm', image)) <= Math.min(LIMIT_MS, await probe('tcg', image));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  Buffer.from(probeHead, 'base64').copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** Milliseconds until the sector has counted; infinite when it didn't within the limit. */
async function probe(accelerator: Accelerator, image: string): Promise<number> {
  const begun = performance.now();
  const machine = [
    '-M',
    'pc',
    '-accel',
    accelerator,
    '-m',
    '16',
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
  ];
  const exit = ['-device', 'isa-debug-exit,iobase=0xf4,iosize=1'];
  const boot = ['-drive', `if=floppy,format=raw,file=${image},readonly=on`, '-boot', 'a'];
  const { code } = await ask('qemu-system-x86_64', [...machine, ...exit, ...boot], { killAfterMs: LIMIT_MS });
  return code === FINISHED ? performance.now() - begun : Number.POSITIVE_INFINITY;
}
