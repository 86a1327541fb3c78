import type { Step } from '../model/index.js';
import { flag, makeStep } from './step.js';
import { assertName } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedAuthorizedKey extends ResolvedCommon {
  readonly type: 'authorizedKey';
  /** Name of the user. */
  readonly authorizedKey: string;
  /** OpenSSH public key: type, base64, comment. */
  readonly key: string;
  /** `restrict`, `from="10.0.0.0/8"`. */
  readonly options: readonly string[];
  readonly absent: boolean;
}

const keys = /^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,3}(?: [^\u0000-\u001f\u007f]*)?$/;
const optionForm = /^[A-Za-z-]+(?:="[^"\u0000-\u001f\u007f]*")?$/;

/** facts: passwd; check reads the file. apply: that line, written as the user. undo: the file as it was. */
export function compileAuthorizedKey(resource: ResolvedAuthorizedKey): Step {
  const { id, authorizedKey: user, options, absent } = resource;
  const key = resource.key.trim();
  assertName(user, /^[a-z_][a-z0-9_-]{0,31}$/, id);
  assertName(key, keys, id);
  for (const option of options) assertName(option, optionForm, id);
  const [, blob = ''] = key.split(' ');
  return makeStep({
    ...{ resource, undo: 'exact' },
    facts: [{ kind: 'user', key: user }],
    variables: {
      key_user: user,
      key_blob: blob,
      key_line: options.length === 0 ? key : `${options.join(',')} ${key}`,
      key_absent: flag(absent),
    },
    intent: { authorizedKey: user, key, options: [...options], absent },
  });
}
