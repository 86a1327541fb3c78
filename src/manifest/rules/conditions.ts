import { type ConditionProblem, parseCondition } from '../../model/index.js';
import { problemAt, type Rule } from '../draft.js';
import { didYouMean } from '../suggest.js';

/** `when` can be read. One with expressions is read when they are rendered. */
export const conditionsAreReadable: Rule = (draft) =>
  Object.values(draft.manifest.configs).flatMap((config) =>
    config.resources.flatMap(({ path, when }) => {
      if (when === undefined || when.includes('${')) return [];
      const parsed = parseCondition(when);
      if (parsed.ok) return [];
      return [problemAt(draft, `${path}.when`, parsed.problem.message, remedyOf(parsed.problem))];
    }),
  );

function remedyOf({ write, near, words = [] }: ConditionProblem): string | undefined {
  return write ?? (near === undefined ? undefined : didYouMean(near, words, 'Known'));
}

/** What acts under a timer that undoes it has one attempt. */
export const riskyStepsAreNotRetried: Rule = (draft) =>
  Object.values(draft.manifest.configs).flatMap((config) =>
    config.resources.flatMap(({ path, risky, retries }) =>
      risky && retries !== undefined
        ? [
            problemAt(
              draft,
              `${path}.retries`,
              'A risky step undoes itself when it fails, so it is not tried again.',
              'Remove "retries" or "risky".',
            ),
          ]
        : [],
    ),
  );
