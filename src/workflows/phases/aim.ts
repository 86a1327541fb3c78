import { failWith } from '../failure.js';
import type { Life } from '../life.js';

/** From here on every activity works with what was verified before. The target knows its bytes, and control may. */
export function aim(life: Life, bundle: string): void {
  const told = life.look?.verified.find((one) => one.bundle === bundle)?.bytes;
  life.task = { ...life.task, bundle, bundleBytes: told ?? life.input.machine.verifiedBytes ?? '' };
}

export function ensureBytes({ task }: Life): void {
  if (task.bundleBytes !== '') return;
  failWith({
    code: 'MW-ROLLBACK-BUNDLE',
    cause: 'machine',
    message: `${task.machine} no longer says which bytes ${task.bundle?.slice(0, 8)} was verified with`,
    remedy: 'check out the commit that was verified and millwright up --supersede',
  });
}
