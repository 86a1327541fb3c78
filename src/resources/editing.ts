import type { FactRequest } from '../model/index.js';
import type { StepDraft } from './step.js';
import { factKey, flag } from './step.js';
import { assertNoNul, assertPath } from './text.js';
import type { ResolvedCommon } from './types.js';

/** What types have in common that own a part of a text file. */
export interface Editing extends ResolvedCommon {
  /** Shell text; `{new}` stands for the temporary file. */
  readonly validate?: string;
  readonly follow: boolean;
  /** A file that isn't there is made. */
  readonly create: boolean;
  readonly absent: boolean;
}

/** Facts and variables of such a step: those of `file` are among them, as the whole file is written its way. */
export function editing(path: string, resource: Editing): Required<Pick<StepDraft, 'facts' | 'variables'>> {
  const { id, validate, follow, create, absent } = resource;
  assertPath(path, id);
  assertNoNul(validate, id);
  const stats: FactRequest['kind'][] = follow ? ['stat', 'target'] : ['stat'];
  return {
    facts: [...stats, 'text'].map((kind) => ({ kind, key: path })),
    variables: {
      file_path: path,
      file_key: factKey('stat', path),
      file_sha: '',
      file_parts: '',
      file_owner: '',
      file_mode: '',
      file_validate: validate ?? '',
      file_follow: flag(follow),
      file_absent: '0',
      text_create: flag(create),
      text_absent: flag(absent),
    },
  };
}

/** Of the intent: what is as always leaves no trace. */
export const editingIntent = ({ validate, follow, create, absent }: Editing) => ({
  validate,
  follow,
  create,
  absent,
});
