import type { Around, EnvironmentRef, Target } from '../model/index.js';
import type { ControlDeps } from './deps.js';
import type { SliceMachine } from './types.js';

type Surroundings = Pick<SliceMachine, 'around' | 'unneeded' | 'drained'>;

/**
 * How each machine is taken out of use, why that may not be needed, and whether it is out of use already: that is
 * remembered by the record. Where it would be done must have been verified once: a load balancer that comes later has nothing to
 * take out.
 */
export async function surroundingsOf(
  { record }: Pick<ControlDeps, 'record'>,
  environment: EnvironmentRef,
  targets: readonly Pick<Target, 'ref' | 'around'>[],
): Promise<readonly Surroundings[]> {
  const drained = await record.drained(environment);
  const base = targets.some(({ around }) => around) ? await record.base(environment) : {};
  const isUnknown = (place: string): boolean => (base[place]?.verified ?? null) === null;
  return targets.map(({ ref, around }): Surroundings => {
    const unknown = placesOf(around).find(isUnknown);
    return {
      ...(around && { around }),
      ...(unknown !== undefined && { unneeded: `${unknown} was never verified` }),
      ...(drained[ref.machine] !== undefined && { drained: drained[ref.machine] }),
    };
  });
}

const placesOf = (around: Around | undefined): string[] =>
  around === undefined ? [] : [around.drain.at, around.restore.at];
