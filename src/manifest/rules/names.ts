import { type Draft, declared, problemAt, type Rule } from '../draft.js';
import { didYouMean } from '../suggest.js';
import type { Problem } from '../types.js';

const MAX_MACHINE_NAME = 63;

/** `<group>-<n>` is a DNS label for the highest n. */
export const machineNamesFit: Rule = (draft) =>
  Object.entries(draft.manifest.groups).flatMap(([name, { count, machines }]) => {
    if (machines) return [];
    const longest = `${name}-${count}`;
    if (longest.length <= MAX_MACHINE_NAME) return [];
    const message = `Machine "${longest}" would have ${longest.length} characters: at most ${MAX_MACHINE_NAME}.`;
    return [problemAt(draft, `groups.${name}`, message, 'Shorten the name of the group.')];
  });

/** No group is called like a machine of another: `web-1` must mean one thing. */
export const groupsAreNotMachines: Rule = (draft) =>
  Object.keys(draft.manifest.groups).flatMap((name): Problem[] => {
    if (!isMachine(draft, name)) return [];
    return [
      problemAt(
        draft,
        `groups.${name}`,
        `"${name}" is also the name of a machine.`,
        'Call the group something else.',
      ),
    ];
  });

/** `from` names a place that exists. */
export const checksComeFromSomewhere: Rule = (draft) =>
  Object.values(draft.manifest.configs).flatMap((config) =>
    config.verify.flatMap((check): Problem[] => {
      if (check.from === 'outside' || check.from === 'inside' || isMachine(draft, check.from)) return [];
      const remedy = didYouMean(check.from, ['outside', 'inside', ...firstMachines(draft)], 'Places');
      return [problemAt(draft, `${check.path}.from`, `There is no machine "${check.from}".`, remedy)];
    }),
  );

/** Whether it is, or for all that could be read may be, a machine of the fleet. */
export function isMachine(draft: Draft, name: string): boolean {
  return isNamed(draft, name) || isCounted(draft, name);
}

const isNamed = ({ manifest }: Draft, name: string): boolean =>
  Object.values(manifest.groups).some(({ machines = {} }) => Object.hasOwn(machines, name));

/** Whether it is a machine of a group that counts them; one whose count could not be read may have any number. */
export function isCounted(draft: Draft, name: string): boolean {
  const [, group = '', n = ''] = /^(.+)-([1-9]\d*)$/.exec(name) ?? [];
  if (!declared(draft, 'groups').includes(group)) return false;
  const known = Object.hasOwn(draft.manifest.groups, group) ? draft.manifest.groups[group] : undefined;
  if (known?.machines) return false;
  return !known || !draft.isSound(`groups.${group}.count`) || Number(n) <= known.count;
}

/** Names to choose from: of groups that count theirs, the first. */
export const firstMachines = (draft: Draft): string[] =>
  Object.entries(draft.manifest.groups).flatMap(([name, { count, machines }]) =>
    machines ? Object.keys(machines) : count > 0 ? [`${name}-1`] : [],
  );
