import { problemAt, type Rule } from '../draft.js';
import { defaultsOf } from '../environment.js';

/** `-e` may be left out for one environment at most. */
export const oneEnvironmentIsDefault: Rule = (draft) => {
  const [first, ...others] = defaultsOf(draft.tree);
  return others.map((name) =>
    problemAt(draft, `environments.${name}.default`, `"${first}" says "default: true" too.`, 'Only one may.'),
  );
};
