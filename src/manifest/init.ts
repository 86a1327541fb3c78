import { ulid } from 'ulid';
import { fleetJsonSchema } from './jsonSchema.js';
import {
  existing,
  micro,
  type TemplateFiles,
  type TemplateMachine,
  type TemplateValues,
  web,
} from './templates.js';

const templates: Readonly<Record<string, (values: TemplateValues) => TemplateFiles>> = {
  web,
  micro,
  static: existing,
};

/** What `init --template` knows; the first is the default. */
export const templateNames: readonly string[] = Object.keys(templates);

export interface InitOptions {
  /** A DNS label of at most 40 characters, e.g. the directory's name. */
  readonly fleet: string;
  readonly template?: string;
  /** Part of every id from now on; minted when absent. */
  readonly uid?: string;
  /** OpenSSH public key lines of who may log in. */
  readonly keys?: readonly string[];
  /** Of the template static. */
  readonly machines?: Readonly<Record<string, TemplateMachine>>;
}

/** Files of a new fleet, by path; undefined when there is no such template. Nothing is written. */
export function initFleet(options: InitOptions): TemplateFiles | undefined {
  const template = options.template ?? templateNames[0] ?? '';
  if (!Object.hasOwn(templates, template)) return undefined;
  const { fleet, uid = ulid(), keys = [], machines } = options;
  return {
    ...templates[template]?.({ fleet, uid, keys, machines }),
    '.gitignore': '.millwright/\n',
    '.github/workflows/fleet.yml': workflow,
    '.millwright/fleet.schema.json': `${JSON.stringify(fleetJsonSchema(), null, 2)}\n`,
  };
}

/** Checks every proposal; a job that also runs `millwright up` needs a Temporal address and a site's worker. */
const workflow = `name: fleet
on:
  push:
  pull_request:
jobs:
  validate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: {node-version: 20}
      - run: npx --yes millwright validate
`;
