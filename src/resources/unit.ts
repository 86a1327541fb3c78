import { type Step, sha256Hex } from '../model/index.js';
import { contentFunction, factKey, flag, makeStep } from './step.js';
import { assertName, assertNoNul, slotsIn } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedUnit extends ResolvedCommon {
  readonly type: 'unit';
  /** Whole name of the unit, e.g. `shop.service`. */
  readonly unit: string;
  /** Name of a drop-in of that unit, without `.conf`; undefined: the unit file itself. */
  readonly dropin?: string;
  /** Whole content, slot tokens included; undefined where it is absent. */
  readonly content?: string;
  readonly absent: boolean;
}

const unitNames =
  /^[A-Za-z0-9_][A-Za-z0-9_.@:\\-]{0,200}\.(service|socket|timer|path|mount|automount|target|slice|swap)$/;

/** facts: stat, digest, the unit. apply: temporary file, rename, daemon-reload; put back if refused. undo: pre-image. */
export function compileUnit(resource: ResolvedUnit): Step {
  const { id, unit, dropin, absent } = resource;
  assertName(unit, unitNames, id);
  if (dropin !== undefined) assertName(dropin, /^[A-Za-z0-9_][A-Za-z0-9_-]{0,100}$/, id);
  const content = absent ? undefined : (resource.content ?? '');
  assertNoNul(content, id);
  const path = `/etc/systemd/system/${unit}${dropin === undefined ? '' : `.d/${dropin}.conf`}`;
  const slots = slotsIn(content);
  const filled = slots.length > 0 ? contentFunction(content as string) : undefined;
  const digest = content === undefined ? undefined : sha256Hex(content);
  // systemd knows nothing of a template before it has an instance.
  const template = unit.includes('@.');
  return makeStep({
    ...{ resource, undo: 'exact', slots },
    facts: [
      ...['stat', 'sha256'].map((kind) => ({ kind, key: path })),
      ...(template ? [] : [{ kind: 'unit', key: unit }]),
    ],
    variables: {
      unit_name: unit,
      unit_path: path,
      unit_key: factKey('stat', path),
      unit_unit: template ? '' : factKey('unit', unit),
      unit_dropin: flag(dropin !== undefined),
      unit_sha: filled ? '' : (digest ?? ''),
      unit_parts: flag(filled !== undefined),
      unit_absent: flag(absent),
    },
    extra: filled ? [filled.shell] : [],
    files: filled ? filled.files : content === undefined ? [] : [content],
    intent: { unit, dropin, content: digest, absent },
  });
}
