import { isSeq, parseDocument, stringify } from 'yaml';
import type { Imported } from './convert.js';

export interface ImportTarget {
  readonly site: string;
  readonly config: string;
  /** Whether this file declares the site and the config; else they are in another file. */
  readonly declares: { readonly site: boolean; readonly config: boolean };
  /** Host keys by machine; machines without one are left for a person. */
  readonly hostKeys: ReadonlyMap<string, string>;
}

/** A file of the fleet that declares what was imported. */
export function importedYaml(imported: Imported, target: ImportTarget): string {
  const { site, config, declares, hostKeys } = target;
  const groups = Object.entries(imported.groups).map(([name, { machines, vars, connect }]) => [
    name,
    compact({
      site,
      config,
      connect: compact({ ...(declares.site ? {} : imported.connect), ...connect }),
      vars,
      machines: Object.fromEntries(
        Object.entries(machines).map(([machine, { host, port, ...more }]) => [
          machine,
          compact({ host, port, hostKey: hostKeys.get(machine), ...more }),
        ]),
      ),
    }),
  ]);
  const document = {
    ...(declares.site
      ? { sites: { [site]: compact({ provider: 'static', connect: imported.connect }) } }
      : {}),
    ...(declares.config ? { configs: { [config]: { resources: [] } } } : {}),
    groups: Object.fromEntries(groups),
  };
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Without what is undefined or empty. */
const compact = (value: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value).filter(
      ([, one]) =>
        one !== undefined && !(typeof one === 'object' && one !== null && Object.keys(one).length === 0),
    ),
  );

/** The text of fleet.yaml with one more file in `include`, its comments and order as they are. */
export function withInclude(text: string, file: string): string {
  const document = parseDocument(text);
  const include = document.get('include');
  if (isSeq(include)) include.add(file);
  else document.set('include', document.createNode([file], { flow: true }));
  return document.toString({ lineWidth: 0 });
}
