import { batchSizes } from '../../model/index.js';
import { type Draft, problemAt, type Rule } from '../draft.js';
import type { ManifestGroup, Problem } from '../types.js';

const MAX_BATCHES = 1_000;

/** Groups whose rollout could be read. */
const rollouts = (draft: Draft) =>
  Object.entries(draft.manifest.groups).map(([name, group]) => ({
    ...{ name, group, path: `groups.${name}.rollout` },
    problem: (key: string, message: string, remedy?: string): Problem =>
      problemAt(draft, `groups.${name}.rollout.${key}`, message, remedy),
  }));

/** Batches that a group is worked on in. */
export const batchesOf = ({ count, rollout }: Pick<ManifestGroup, 'count' | 'rollout'>): number[] =>
  batchSizes(rollout.batches ?? [], count);

/** Whether however many machines there are go in one batch. */
export const goesAtOnce = ({ batches = ['100%'] }: ManifestGroup['rollout']): boolean =>
  batches[0] === '100%';

/** A rollout remembers each of its batches. */
export const batchesAreFew: Rule = (draft) =>
  rollouts(draft).flatMap(({ group, problem }) => {
    const { length } = batchesOf(group);
    if (length <= MAX_BATCHES) return [];
    const message = `${group.count} machines would go in ${length} batches: at most ${MAX_BATCHES}.`;
    return [problem('batches', message, 'Write larger ones: shares such as 1% grow with the group.')];
  });

/** Nobody waits after the last batch, and nothing is watched while nobody waits. */
export const soaksHaveBatches: Rule = (draft) =>
  rollouts(draft).flatMap(({ group: { rollout }, problem }) => {
    const { soakMs = 0, watch = [] } = rollout;
    if (watch.length > 0 && soakMs === 0)
      return [problem('watch', 'Nothing is watched: batches soak for no time.', 'Write soak: 2m beside it.')];
    if (soakMs === 0 || !goesAtOnce(rollout)) return [];
    const message = 'Nothing soaks: all machines go in one batch, and nobody waits after the last.';
    return [problem('soak', message, 'Write batches: [1, 100%] beside it, or remove it.')];
  });

/** What is watched is told apart by its name. */
export const probesHaveOneName: Rule = (draft) =>
  rollouts(draft).flatMap(({ group, problem }) => {
    const names = (group.rollout.watch ?? []).map(({ name }) => name);
    return names.flatMap((name, i) =>
      names.indexOf(name) === i
        ? []
        : [problem(`watch[${i}]`, `"${name}" is watched already.`, 'Remove one.')],
    );
  });

/** A machine that exists beside the one it replaces can share nothing with it that there is only one of. */
export const surgeHasRoom: Rule = (draft) =>
  rollouts(draft).flatMap(({ name, group, problem }) => {
    if ((group.rollout.surge ?? 0) === 0) return [];
    return singlesOf(draft, name, group).map((why) =>
      problem('surge', `No machine of "${name}" can exist twice: ${why}.`, 'Write surge: 0, or remove it.'),
    );
  });

function singlesOf({ manifest }: Draft, name: string, group: ManifestGroup): string[] {
  const { addresses, disks, protect, machines, site } = group;
  const provider = Object.hasOwn(manifest.sites, site) ? manifest.sites[site]?.provider : undefined;
  const network = Object.keys(addresses)[0];
  const kept = Object.keys(disks).find((disk) => disks[disk]?.keep);
  const whys = [
    network === undefined ? undefined : `each has its address on network "${network}"`,
    kept === undefined ? undefined : `disk "${kept}" has keep: true`,
    protect ? `groups.${name} has protect: true, and is never replaced` : undefined,
    machines || provider === 'static' ? 'they exist already, and nobody makes others' : undefined,
  ];
  return whys.filter((why) => why !== undefined);
}
