import { machineId } from '../../src/model/index.js';
import type { DriftEntry } from '../../src/record/port.js';
import type { SimVm } from '../support/sim.js';
import type { World } from './world.js';

/** What is true of a machine at one moment. */
export interface Sight {
  readonly power: 'on' | 'off' | 'gone';
  readonly head?: string;
  /** Steps that aren't as the machine's bundle says, and what it owes. */
  readonly differs: readonly string[];
  /** Checks of its verification that don't hold. */
  readonly broken: readonly string[];
}

export const vmOf = (world: World, machine: string): SimVm | undefined =>
  world.machines().find(({ info }) => info.machineId === machineId({ ...world.environment, machine }));

export function sightOf(world: World, machine: string): Sight {
  const vm = vmOf(world, machine);
  const power = vm === undefined ? 'gone' : vm.info.power === 'on' ? 'on' : 'off';
  if (vm === undefined) return { power, differs: [], broken: [] };
  const { target } = vm;
  const head = target.head?.bundle;
  const bundle = world.bundles.get(head ?? '');
  if (bundle === undefined) return { power, head, differs: [], broken: [] };
  const wrong = bundle.steps.filter(({ id, hash }) => target.applied.get(id) !== hash).map(({ id }) => id);
  const broken = bundle.verify.filter((check) => !target.holds(bundle, check));
  return { power, head, differs: [...wrong, ...target.disk.debts], broken };
}

export const isAligned = ({ power, differs, broken }: Sight): boolean =>
  power === 'on' && differs.length === 0 && broken.length === 0;

type Claim = Pick<DriftEntry, 'state' | 'assigned' | 'steps' | 'reason'>;

/** Why what a scan says was at no moment so at which it looked; undefined: it was. */
export function lieOf({ state, assigned, steps = [], reason = '' }: Claim, sights: readonly Sight[]) {
  const seen = (is: (sight: Sight) => boolean): string | undefined =>
    sights.some(is) ? undefined : `not so at any of ${sights.length} looks`;
  if (state === 'aligned') return seen((one) => isAligned(one) && one.head === assigned);
  if (state === 'failed')
    return isExcused(reason)
      ? undefined
      : seen(({ differs, broken }) => differs.length === 0 && broken.length > 0);
  if (state === 'unobserved') return reason === '' ? 'it does not say why' : undefined;
  const named = steps.map(({ step }) => step);
  if (named[0] === 'machine') return seen(({ power }) => power === 'gone');
  if (named[0] === 'power') return seen(({ power }) => power === 'off');
  if (named[0] === 'bundle') return seen(({ head }) => head !== assigned);
  return seen(({ differs }) => named.length > 0 && named.every((step) => differs.includes(step)));
}

/** A call failed for good, or somebody replaced or destroyed the machine while it was looked at. */
const isExcused = (reason: string): boolean => /for good|stands where|does not exist/.test(reason);
