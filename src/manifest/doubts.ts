import { type Draft, declared, problemAt } from './draft.js';
import { didYouMean } from './suggest.js';
import type { Problem } from './types.js';

/** What may be right, as the policy of the control side may know more: shown, never fatal. */
export function findDoubts(draft: Draft): Problem[] {
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
