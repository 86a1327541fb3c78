import type { Step } from '../model/index.js';
import { type Editing, editing, editingIntent } from './editing.js';
import { makeStep } from './step.js';
import { assertName, assertNoNul, assertOneLine, quoteWithSlots, slotsIn } from './text.js';

export interface ResolvedIni extends Editing {
  readonly type: 'ini';
  /** Path of the file. */
  readonly ini: string;
  /** Empty: above all sections. */
  readonly section: string;
  readonly key: string;
  /** Slot tokens included; undefined only with `absent`. */
  readonly value?: string;
  /** What stands between a new key and its value: `=` or `:`, perhaps with blanks around it. */
  readonly separator: string;
}

/** facts: stat and text. check: the key's last value. apply: that line written anew, or a new one. undo: pre-image. */
export function compileIni(resource: ResolvedIni): Step {
  const { id, ini, section, key, value = '', separator } = resource;
  for (const one of [section, key, value]) {
    assertNoNul(one, id);
    assertOneLine(one, id);
  }
  assertName(separator, /^[ \t]*[=:][ \t]*$/, id);
  assertName(key, /^[^ \t#;[=:](?:[^=:]*[^ \t=:])?$/, id);
  assertName(section, /^[^\]]*$/, id);
  const { facts, variables } = editing(ini, resource);
  return makeStep({
    ...{ resource, undo: 'exact', facts, slots: slotsIn(value) },
    variables: { ...variables, ini_section: section, ini_key: key, ini_separator: separator },
    extra: [`ini_value=${quoteWithSlots(value)}`],
    intent: {
      ...{ ini, section, key, value: resource.value, separator },
      ...editingIntent(resource),
    },
  });
}
