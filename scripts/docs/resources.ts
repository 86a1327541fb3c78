import type { z } from 'zod';
import { declaredTypes } from '../../src/manifest/schema/declared.js';
import { commonAttributes, defaults, resourceTypes, summaries } from '../../src/manifest/schema/resources.js';
import type { UndoKind } from '../../src/model/index.js';
import { type AttributeRow, attributeRow } from './attributes.js';

/** A type as its schema declares it. */
interface Described {
  readonly summary: string;
  readonly attributes: Readonly<Record<string, z.ZodType>>;
  readonly defaults: Readonly<Record<string, string>>;
  readonly risky: boolean;
}

/** What the page shows beside schemas: an example as written, and the kind of undo that its steps have. */
export interface Shown {
  readonly yaml: string;
  readonly undo: UndoKind;
}

export const typeNames: readonly string[] = [
  ...new Set([...Object.keys(resourceTypes), ...Object.keys(declaredTypes)]),
].sort();

/** docs/resources.md. */
export function resourcesPage(shown: Readonly<Record<string, Shown>>): string {
  return [
    head,
    typeNames.map((name) => `[${name}](#${name.toLowerCase()})`).join(' · '),
    '',
    '## What every type has',
    '',
    ...table(commonRows()),
    ...typeNames.flatMap((name) => section(name, shown[name])),
    '',
  ].join('\n');
}

const head = `# Resources

Written by \`npm run docs\` from the schemas: change those, not this page. What is left out of a resource has the value in the
column *default*; where that is empty, it isn't managed. *Required* is what has to be there. Expressions, includes and the rest of
the format are in [the manifest](manifest.md); what a run leaves on a machine is in [the runner](runner.md).

Undo says what a rollback can do: **exact**, as it was; **best-effort**, as far as that goes, and it says what it couldn't; **none**,
a change with such a step can't be taken back step by step.
`;

function section(name: string, shown: Shown | undefined): string[] {
  const { summary, attributes, defaults: standards, risky } = describe(name);
  const rows = Object.entries(attributes)
    .filter(([attribute]) => !commonAttributes.includes(attribute))
    .map(([attribute, schema]) => attributeRow(attribute, schema, standards));
  const undo = shown === undefined ? '' : `Undo: **${shown.undo}**.`;
  const risk = risky ? ' Risky unless a resource says `risky: false`.' : '';
  return [
    ...['', `## ${name}`, '', summary, '', `${undo}${risk}`.trim(), ''],
    ...table(rows),
    ...(shown === undefined ? [] : ['', '```yaml', shown.yaml.trimEnd(), '```']),
  ];
}

function describe(name: string): Described {
  if (name in resourceTypes) {
    const type = name as keyof typeof resourceTypes;
    const attributes = resourceTypes[type].shape as Readonly<Record<string, z.ZodType>>;
    return { summary: summaries[type], attributes, defaults: defaults[type] ?? {}, risky: false };
  }
  const {
    summary,
    attributes,
    risky = false,
  } = declaredTypes[name as keyof typeof declaredTypes] as {
    summary: string;
    attributes: Readonly<Record<string, z.ZodType>>;
    risky?: boolean;
  };
  return { summary, attributes, defaults: {}, risky };
}

const commonRows = (): AttributeRow[] =>
  Object.entries(resourceTypes.hosts.shape as Readonly<Record<string, z.ZodType>>)
    .filter(([name]) => commonAttributes.includes(name))
    .map(([name, schema]) => attributeRow(name, schema, {}));

const table = (rows: readonly AttributeRow[]): string[] => [
  '| attribute | type | default | what |',
  '|---|---|---|---|',
  ...rows.map(
    ({ name, type, standard, required, text }) =>
      `| \`${name}\` | ${cell(type)} | ${required ? '*required*' : standard && `\`${standard}\``} | ${cell(text)} |`,
  ),
];

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
