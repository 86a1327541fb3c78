import { batchSizes } from '../model/index.js';
import { type Draft, declared, problemAt } from './draft.js';
import { didYouMean } from './suggest.js';
import type { Problem } from './types.js';

/** What may be right, as only people can know: shown, never fatal. */
export const findDoubts = (draft: Draft): Problem[] => [...strangers(draft), ...drainedAtOnce(draft)];

/** The policy of the control side may know them. */
function strangers(draft: Draft): Problem[] {
  const people = declared(draft, 'people');
  return (draft.manifest.gates ?? []).flatMap(({ path, from }) =>
    from
      .filter((name) => !people.includes(name))
      .map((name) =>
        problemAt(
          draft,
          `${path}.from`,
          `Nobody of "people" is called "${name}": only the policy of the control side can know who that is.`,
          didYouMean(name, people, 'People'),
        ),
      ),
  );
}

/** One machine alone can't be spared by any strategy. */
function drainedAtOnce(draft: Draft): Problem[] {
  return Object.entries(draft.manifest.groups).flatMap(([name, { around, machines, count, rollout }]) => {
    const all = machines ? Object.keys(machines).length : count;
    const [first = 0] = batchSizes(rollout.batches ?? [], all);
    if (!around || all < 2 || Math.min(first, rollout.maxParallel) < all) return [];
    return problemAt(
      draft,
      `groups.${name}.around`,
      `All ${all} machines of "${name}" are drained at the same time: none of them is in use meanwhile.`,
      `Under "rollout", write batches: [1, 100%], or a maxParallel of at most ${all - 1}.`,
    );
  });
}
