import { type Draft, declared, problemAt, type Rule } from '../draft.js';
import { didYouMean } from '../suggest.js';
import type { ManifestGate, Problem } from '../types.js';
import { batchesOf, goesAtOnce } from './rollout.js';

/** A gate stands before the rollout or at a group that there is. */
export const gatesStandSomewhere: Rule = (draft) => {
  const groups = declared(draft, 'groups');
  return gatesOf(draft).flatMap(({ path, before, group }): Problem[] => {
    const [key, name] = before === undefined ? ['group', group] : ['before', before];
    if (name === undefined || groups.includes(name) || before === 'rollout') return [];
    const remedy = didYouMean(name, before === undefined ? groups : ['rollout', ...groups], 'Places');
    return [problemAt(draft, `${path}.${key}`, `There is no group "${name}".`, remedy)];
  });
};

/** What comes after a canary comes after something, and before something. */
export const canariesExist: Rule = (draft) =>
  gatesOf(draft).flatMap(({ path, after, group }): Problem[] => {
    if (after === undefined) return [];
    if (group !== undefined) return noCanary(draft, path, group);
    const groups = Object.keys(draft.manifest.groups);
    const some =
      groups.length === 0 || groups.some((name) => isUnread(draft, name) || hasCanary(draft, name));
    if (some) return [];
    const message = 'No group of this environment goes in more than one batch: there is no canary.';
    const remedy = `Write batches: [1, 100%] under groups.${groups[0]}.rollout, or omit the gate here.`;
    return [problemAt(draft, `${path}.after`, message, remedy)];
  });

function noCanary(draft: Draft, path: string, name: string): Problem[] {
  const group = Object.hasOwn(draft.manifest.groups, name) ? draft.manifest.groups[name] : undefined;
  if (!group || isUnread(draft, name) || hasCanary(draft, name)) return [];
  const remedy = goesAtOnce(group.rollout)
    ? `Write batches: [1, 100%] under groups.${name}.rollout.`
    : `It has ${group.count} machine${group.count === 1 ? '' : 's'}: give it more, or omit the gate in this environment.`;
  return [problemAt(draft, `${path}.group`, `"${name}" goes in one batch: it has no canary.`, remedy)];
}

const hasCanary = ({ manifest }: Draft, name: string): boolean => {
  const group = manifest.groups[name];
  return group !== undefined && batchesOf(group).length > 1;
};

/** Of what could not be read, nothing is said. */
const isUnread = (draft: Draft, name: string): boolean =>
  ['rollout', 'count', 'machines'].some((key) => !draft.isSound(`groups.${name}.${key}`));

/** One gate at each place. */
export const gatesAreUnique: Rule = (draft) => {
  const first = new Map<string, ManifestGate>();
  return gatesOf(draft).flatMap((gate): Problem[] => {
    const { path, before = '', after = '', group = '' } = gate;
    const key = JSON.stringify([before, after, group]);
    const earlier = first.get(key);
    if (!earlier) first.set(key, gate);
    if (!earlier) return [];
    const message = `Another gate stands at this place: ${earlier.path}.`;
    return [problemAt(draft, path, message, 'Make one of them, with as many approvals as it takes.')];
  });
};

/** As many people may answer as must. */
export const gatesCanBeAnswered: Rule = (draft) =>
  gatesOf(draft).flatMap(({ path, approvals, from }): Problem[] => {
    if (from.length === 0 || from.length >= approvals) return [];
    const message = `${approvals} approvals can't come from ${from.length}: each counts once.`;
    return [problemAt(draft, `${path}.approvals`, message, 'Name more people under "from", or lower it.')];
  });

const gatesOf = ({ manifest }: Draft): readonly ManifestGate[] => manifest.gates ?? [];
