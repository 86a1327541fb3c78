import {
  canonicalJson,
  type Json,
  type Slot,
  type StepRecord,
  sha256Hex,
  slotPattern,
} from '../model/index.js';

/** A text as people may see it: a late value stands as `«secret dbPassword»` or `«address of db-1»`. */
export function showSlots(text: string, slots: readonly Slot[]): string {
  return text.replace(slotPattern, (_, name: string) => {
    const slot = slots.find((one) => one.name === name);
    if (slot?.kind === 'address') return `«address of ${slot.machine}»`;
    return slot?.kind === 'fact' ? `«${slot.fact} of ${slot.machine}»` : `«secret ${name}»`;
  });
}

/** What a sensitive step may show: how it is to be done, and what it is called; all else is what it holds. */
const open = new Set([
  ...['notify', 'when', 'risky', 'sensitive', 'timeoutMs', 'retries', 'owner', 'group', 'mode', 'as', 'dir'],
  ...['name', 'absent', 'once', 'always', 'creates'],
]);

const hidden = (value: Json, isDigest: boolean): string =>
  `«sensitive, sha256 ${(isDigest ? String(value) : sha256Hex(canonicalJson(value))).slice(0, 16)}»`;

/** One attribute of a step as it was meant. */
export interface Attribute {
  readonly name: string;
  /** Lists one item a line, maps as `name: value` lines. */
  readonly value: string;
  /** Whether it is a text of its own, such as a file's content. */
  readonly long: boolean;
}

/** A step's attributes in the order of its intent; texts stand for their digests, slots for their tokens. */
export function attributesOf(record: StepRecord, slots: readonly Slot[]): Attribute[] {
  const { texts } = record;
  const intent = record.intent as Readonly<Record<string, Json | undefined>>;
  return Object.entries(intent).flatMap(([name, value]) => {
    if (value === undefined || name === 'id' || name === 'type') return [];
    const text = typeof value === 'string' ? texts[value] : undefined;
    if (intent.sensitive === true && !open.has(name) && name !== intent.type)
      return [{ name, value: hidden(value, text !== undefined), long: false }];
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
