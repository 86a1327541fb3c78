import { type Json, type Slot, type StepRecord, slotPattern } from '../model/index.js';

/** A text as people may see it: a late value stands as `«secret dbPassword»` or `«address of db-1»`. */
export function showSlots(text: string, slots: readonly Slot[]): string {
  return text.replace(slotPattern, (_, name: string) => {
    const slot = slots.find((one) => one.name === name);
    return slot?.kind === 'address' ? `«address of ${slot.machine}»` : `«secret ${name}»`;
  });
}

/** One attribute of a step as it was meant. */
export interface Attribute {
  readonly name: string;
  /** Lists one item a line, maps as `name: value` lines. */
  readonly value: string;
  /** Whether it is a text of its own, such as a file's content. */
  readonly long: boolean;
}

/** A step's attributes in the order of its intent; texts stand for their digests, slots for their tokens. */
export function attributesOf({ intent, texts }: StepRecord, slots: readonly Slot[]): Attribute[] {
  return Object.entries(intent as Readonly<Record<string, Json | undefined>>).flatMap(([name, value]) => {
    if (value === undefined || name === 'id' || name === 'type') return [];
    const text = typeof value === 'string' ? texts[value] : undefined;
    const shown = showSlots(text ?? plain(value), slots);
    return shown === '' && text === undefined
      ? []
      : [{ name, value: shown, long: text !== undefined || shown.includes('\n') }];
  });
}

function plain(value: Json): string {
  if (Array.isArray(value)) return value.map(plain).join('\n');
  if (typeof value !== 'object' || value === null) return value === null ? '' : String(value);
  return Object.entries(value)
    .map(([key, one]) => `${key}: ${plain(one ?? null)}`)
    .join('\n');
}
