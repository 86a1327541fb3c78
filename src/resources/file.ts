import { type Step, sha256Hex } from '../model/index.js';
import { octalMode, owners } from './owner.js';
import { contentFunction, factKey, flag, makeStep } from './step.js';
import { assertName, assertNoNul, assertPath, slotsIn } from './text.js';
import type { ResolvedFile } from './types.js';

/** facts: stat and digest. check: type, digest, mode, owner. apply: temporary file, validate, rename. undo: pre-image. */
export function compileFile(resource: ResolvedFile): Step {
  const { id, file, content, owner, validate, follow, absent } = resource;
  assertPath(file, id);
  if (owner !== undefined) assertName(owner, owners, id);
  const text = typeof content === 'string' ? content : undefined;
  for (const one of [text, validate]) assertNoNul(one, id);
  const slots = slotsIn(text);
  const filled = slots.length > 0 ? contentFunction(text as string) : undefined;
  const bytes = content instanceof Uint8Array ? content.length : undefined;
  const digest = content === undefined ? undefined : sha256Hex(content);
  const mode = octalMode(resource.mode, id);
  const stats = follow ? (['stat', 'target'] as const) : (['stat'] as const);
  return makeStep({
    ...{ resource, undo: 'exact', slots },
    facts: [...stats, 'sha256' as const].map((kind) => ({ kind, key: file })),
    variables: {
      file_path: file,
      file_key: factKey('stat', file),
      file_sha: filled ? '' : (digest ?? ''),
      file_parts: filled ? '1' : '',
      file_owner: owner ?? '',
      file_mode: mode ?? '',
      file_validate: validate ?? '',
      file_follow: flag(follow),
      file_absent: flag(absent),
    },
    extra: filled ? [filled.shell] : [],
    files: filled ? filled.files : content === undefined ? [] : [content],
    intent: { file, content: digest, bytes, owner, mode, validate, follow, absent },
  });
}
