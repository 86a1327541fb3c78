import { type Draft, problemAt, type Rule } from '../draft.js';
import { didYouMean } from '../suggest.js';
import type { ManifestAround, Problem } from '../types.js';
import { firstMachines, isMachine } from './names.js';

/** Machines are drained at another one that stays as it is meanwhile. */
export const machinesAreDrainedElsewhere: Rule = (draft) =>
  everyStep(draft).flatMap(({ group, path, at }): Problem[] => {
    const say = (message: string, remedy?: string) => [problemAt(draft, `${path}.at`, message, remedy)];
    if (!isMachine(draft, at))
      return say(`There is no machine "${at}".`, didYouMean(at, firstMachines(draft), 'Machines'));
    const home = homeOf(draft, at);
    if (home === group)
      return say(
        `"${at}" is a machine of this group: it would be at work on itself.`,
        'Name a machine that stays as it is meanwhile.',
      );
    if (home === undefined || !draft.manifest.groups[home]?.around) return [];
    return say(
      `"${at}" is of group "${home}", which is itself drained elsewhere: each could wait for the other.`,
      'Name a machine of a group without "around".',
    );
  });

interface Step {
  readonly group: string;
  readonly path: string;
  readonly at: string;
}

const whens: readonly (keyof ManifestAround)[] = ['drain', 'restore'];

const everyStep = ({ manifest }: Draft): Step[] =>
  Object.entries(manifest.groups).flatMap(([group, { around }]) =>
    around
      ? whens.map((when) => ({ group, path: `groups.${group}.around.${when}`, at: around[when].at }))
      : [],
  );

/** The group that a machine is of, by its name alone: its number may not be readable. */
function homeOf({ manifest }: Draft, machine: string): string | undefined {
  const named = Object.entries(manifest.groups).find(([, one]) => Object.hasOwn(one.machines ?? {}, machine));
  return named?.[0] ?? /^(.+)-[1-9]\d*$/.exec(machine)?.[1];
}
