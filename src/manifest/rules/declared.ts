import { problemAt, type Rule } from '../draft.js';
import { declaredType } from '../schema/declared.js';

/** What the types of the table of types say about their own attributes. */
export const attributesFitTogether: Rule = (draft) =>
  Object.values(draft.manifest.configs).flatMap((config) =>
    config.resources.flatMap((resource) => {
      if (!('attributes' in resource) || !draft.isSound(resource.path)) return [];
      const found = declaredType(resource.type).problems?.(resource.attributes) ?? [];
      return found.map(({ attribute, message, remedy }) =>
        problemAt(
          draft,
          attribute === undefined ? resource.path : `${resource.path}.${attribute}`,
          message,
          remedy,
        ),
      );
    }),
  );
