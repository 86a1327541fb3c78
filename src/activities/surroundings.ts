import type { Around, EnvironmentRef, Plan, Target } from '../model/index.js';
import type { ControlDeps } from './deps.js';
import type { SliceMachine } from './types.js';

type Surroundings = Pick<SliceMachine, 'around' | 'unneeded' | 'drained'>;

/**
 * How each machine is taken out of use, why that may not be needed, and whether it is out of use already: that is
 * remembered by the record. Where it would be done must have been verified once: a load balancer that comes later has nothing to
 * take out, and neither has one that goes together with the machine.
 */
export async function surroundingsOf(
  { record }: Pick<ControlDeps, 'record'>,
  environment: EnvironmentRef & Partial<Pick<Plan, 'removed'>>,
  targets: readonly Pick<Target, 'ref' | 'action' | 'around'>[],
): Promise<readonly Surroundings[]> {
  const drained = await record.drained(environment);
  const base = targets.some(({ around }) => around) ? await record.base(environment) : {};
  const removed = new Set(environment.removed?.map(({ machine }) => machine));
  return targets.map(({ ref, action, around }): Surroundings => {
    const places = placesOf(around);
    const gone = action === 'destroy' ? places.find((place) => removed.has(place)) : undefined;
    const unknown = places.find((place) => (base[place]?.verified ?? null) === null);
    return {
      ...(around && { around }),
      ...(unknown !== undefined && { unneeded: `${unknown} was never verified` }),
      ...(gone !== undefined && { unneeded: `${gone} is removed, too` }),
      ...(drained[ref.machine] !== undefined && { drained: drained[ref.machine] }),
    };
  });
}

const placesOf = (around: Around | undefined): string[] =>
  around === undefined ? [] : [around.drain.at, around.restore.at];
