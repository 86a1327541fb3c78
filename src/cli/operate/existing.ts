import type { Operation } from '../../activities/types.js';
import { machineList } from '../../report/index.js';
import type { RecordedMachine } from '../candidates.js';
import { refused } from '../errors.js';

const words: Readonly<Partial<Record<Operation['kind'], string>>> = {
  power: 'powers',
  snapshot: 'takes snapshots of',
  snapshots: 'takes snapshots of',
  console: 'has the console of',
};

/** Machines that exist already are powered, copied and watched by whoever made them. */
export function refuseExisting(chosen: readonly RecordedMachine[], { kind }: Pick<Operation, 'kind'>): void {
  const what = words[kind];
  if (what !== undefined) refuseExistingFor(chosen, what);
}

/** `what`: what Millwright would have to do, as in \`makes anew\`. */
export function refuseExistingFor(chosen: readonly RecordedMachine[], what: string): void {
  const existing = chosen.filter((one) => one.row.instance?.connection !== undefined);
  if (existing.length === 0) return;
  const names = machineList(existing.map((one) => one.machine));
  throw refused(
    'MW-STATIC-REFUSED',
    `${names} ${existing.length === 1 ? 'exists' : 'exist'} already: Millwright makes no such machine, and neither ${what} it. Nothing was done.`,
    'Do it where the machine is made: its hypervisor, its cloud, its management board.',
  );
}
