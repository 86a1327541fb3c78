import { z } from 'zod';

/** A row of an attribute's table. */
export interface AttributeRow {
  readonly name: string;
  readonly type: string;
  /** Empty: none, it may be left out. */
  readonly standard: string;
  readonly required: boolean;
  readonly text: string;
}

/** What JSON Schema says of a written value, as far as it is read here. */
interface Shape {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly pattern?: string;
  readonly description?: string;
}

export function attributeRow(
  name: string,
  schema: z.ZodType,
  standards: Readonly<Record<string, string>>,
): AttributeRow {
  const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape;
  const standard = standards[name] ?? written(shape, schema.safeParse(undefined).data);
  const required = !schema.safeParse(undefined).success;
  return { name, type: typeOf(shape), standard, required, text: shape.description ?? '' };
}

/** A default as people would write it: what reading made of a duration or a size is a number. */
function written({ type, pattern = '' }: Shape, value: unknown): string {
  if (value === undefined) return '';
  if (type !== 'string' || typeof value !== 'number') return JSON.stringify(value);
  return pattern.includes('MiB') ? `${value}MiB` : durationOf(value);
}

function durationOf(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const;
  const [unit, size] = units.find(([, size]) => ms >= size && ms % size === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

function typeOf(shape: Shape): string {
  if (shape.const !== undefined) return `\`${shape.const}\``;
  if (shape.enum) return shape.enum.map((one) => `\`${one}\``).join(', ');
  if (shape.anyOf) return [...new Set(shape.anyOf.map(typeOf))].join(' or ');
  if (shape.type === 'array') return `list of ${shape.items ? typeOf(shape.items) : 'anything'}`;
  if (shape.type === 'object') return mapOf(shape);
  if (shape.type === 'string' && shape.pattern?.includes('(?:ms|s|m|h|d)')) return 'duration';
  if (shape.type === 'string' && shape.pattern?.includes('(?:MiB|GiB|TiB)')) return 'size';
  return words[shape.type ?? ''] ?? 'anything';
}

const words: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
};

function mapOf({ properties, additionalProperties }: Shape): string {
  if (properties) return `map with ${Object.keys(properties).join(', ')}`;
  return typeof additionalProperties === 'object' ? `map to ${typeOf(additionalProperties)}` : 'map';
}
