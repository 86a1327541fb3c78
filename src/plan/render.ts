import type { Bundle, Slot, Step, VerifyCheck } from '../model/index.js';
import { recordOf } from './diff.js';
import { type Attribute, attributesOf } from './shown.js';

/** A step or check as a machine would get it; late values stand as `«secret NAME»`. */
export interface RenderedPart {
  readonly id: string;
  readonly kind: 'step' | 'verify';
  readonly type: string;
  readonly attributes: readonly Attribute[];
}

/** Everything that a machine would get, in order of apply; with `id`, that part alone. */
export function renderBundle(bundle: Bundle, id?: string): RenderedPart[] {
  const parts = [
    ...bundle.steps.map((step) => renderStep(step, bundle.slots)),
    ...bundle.verify.map((check) => renderCheck(check, bundle.slots)),
  ];
  return id === undefined ? parts : parts.filter((part) => part.id === id);
}

const renderStep = (step: Step, slots: readonly Slot[]): RenderedPart => ({
  ...{ id: step.id, kind: 'step', type: step.type },
  attributes: attributesOf(recordOf(step), slots),
});

function renderCheck(check: VerifyCheck, slots: readonly Slot[]): RenderedPart {
  const { id, type, withinMs, ...rest } = check;
  const intent = { ...rest, within: `${withinMs / 1000}s` };
  return {
    ...{ id, kind: 'verify', type },
    attributes: attributesOf({ hash: '', intent, texts: {} }, slots),
  };
}

/** The parts as text: short attributes on a line each, texts exactly as they will be, indented by four. */
export const partsText = (parts: readonly RenderedPart[]): string => parts.map(partText).join('\n');

function partText({ id, kind, attributes }: RenderedPart): string {
  const head = kind === 'verify' ? `verify ${id}` : id;
  return [head, ...attributes.flatMap(attributeLines), ''].join('\n');
}

function attributeLines({ name, value, long }: Attribute): string[] {
  if (!long) return [`  ${name} ${value}`];
  return [
    `  ${name}:`,
    ...value
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => (line === '' ? '' : `    ${line}`)),
  ];
}
