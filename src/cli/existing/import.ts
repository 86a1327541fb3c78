import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvironments } from '../../manifest/index.js';
import {
  convertInventory,
  type Imported,
  type ImportedMachine,
  importedYaml,
  readInventory,
  withInclude,
} from '../../manifest/inventory/index.js';
import { count } from '../../report/index.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { Exit } from '../exit.js';
import { vouch } from './confirm.js';

export interface ImportOptions {
  readonly site: string;
  readonly config: string;
  /** File of the fleet that is written. */
  readonly to: string;
  readonly accepted: readonly string[];
}

/** What `import -o json` prints. */
export interface ImportDocument {
  readonly schema: 'millwright/import/v1';
  readonly file: string;
  readonly groups: number;
  readonly machines: number;
  /** Machines whose host key nobody vouched for: the manifest is not valid before they have one. */
  readonly missingHostKeys: readonly { readonly machine: string; readonly why: string }[];
  /** Key files that the site's worker needs in its settings. */
  readonly keyFiles: readonly string[];
  readonly notCarriedOver: readonly string[];
}

/** Makes groups of named machines of an Ansible inventory, and says what it could not carry over. */
export async function importInventory(
  context: Context,
  file: string,
  options: ImportOptions,
): Promise<number> {
  const dir = process.cwd();
  const fleetFile = join(dir, 'fleet.yaml');
  if (!existsSync(fleetFile))
    throw usageError(`There is no fleet.yaml in ${dir}.`, 'Make one: millwright init', 'MW-FLEET-MISSING');
  const target = join(dir, options.to);
  if (existsSync(target))
    throw usageError(`${options.to} exists already. Nothing was written.`, 'Name another: --to FILE.');
  const imported = convertInventory(await read(file));
  const { keys, missing } = await hostKeys(context, imported, options);
  const declares = await declared(dir, options);
  writeFileSync(target, importedYaml(imported, { ...options, declares, hostKeys: keys }), { flag: 'wx' });
  writeFileSync(fleetFile, withInclude(readFileSync(fleetFile, 'utf8'), options.to));
  const document: ImportDocument = {
    schema: 'millwright/import/v1',
    file: options.to,
    groups: Object.keys(imported.groups).length,
    machines: machinesOf(imported).length,
    missingHostKeys: missing,
    keyFiles: imported.keyFiles,
    notCarriedOver: imported.notes,
  };
  context.emit(document, () => textOf(document, options));
  return missing.length > 0 ? Exit.incomplete : Exit.asAsked;
}

async function read(file: string) {
  return readInventory(file).catch((error: Error) => {
    throw usageError(
      `${file} is no inventory that can be read: ${error.message}.`,
      'Name an INI or YAML inventory; of a program, what it prints: ansible-inventory --list -y > hosts.yaml',
      'MW-IMPORT-UNREADABLE',
    );
  });
}

const machinesOf = ({ groups }: Imported): [string, ImportedMachine][] =>
  Object.values(groups).flatMap(({ machines }) => Object.entries(machines));

async function hostKeys(context: Context, imported: Imported, { site, accepted }: ImportOptions) {
  const keys = new Map<string, string>();
  const missing: { machine: string; why: string }[] = [];
  for (const [name, { host, port, connect }] of machinesOf(imported)) {
    const stranger = { name, host, port, user: connect.user ?? imported.connect.user };
    const vouched = await vouch(context, stranger, site, { accepted, probe: accepted.length > 0 });
    if (vouched.key === undefined) missing.push({ machine: name, why: vouched.why });
    else keys.set(name, vouched.key);
  }
  return { keys, missing };
}

/** What the fleet declares already is not declared again. */
async function declared(dir: string, { site, config }: ImportOptions) {
  const result = await loadEnvironments(dir);
  const manifests = result.ok ? result.fleets.map(({ manifest }) => manifest) : [];
  return {
    site: !manifests.some(({ sites }) => Object.hasOwn(sites, site)),
    config: !manifests.some(({ configs }) => Object.hasOwn(configs, config)),
  };
}

function textOf(document: ImportDocument, { site }: ImportOptions): string {
  const { file, groups, machines, missingHostKeys, keyFiles, notCarriedOver } = document;
  return [
    `${file}: ${count(machines, 'machine')} in ${count(groups, 'group')}. fleet.yaml includes it.`,
    ...section(
      'Host keys still missing',
      missingHostKeys.map(({ machine, why }) => `${machine}: ${why}`),
    ),
    ...section(
      `Settings of the worker of site ${site}`,
      keyFiles.length === 0 ? [] : [keySettings(site, keyFiles)],
    ),
    ...section('Not carried over', notCarriedOver),
  ].join('\n');
}

const keySettings = (site: string, files: readonly string[]): string =>
  `sites: {${site}: {connect: {identityFiles: [${files.join(', ')}]}}}`;

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
