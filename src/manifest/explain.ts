import { configsOf } from './configs.js';
import type { Data, LoadedFleet, Location, Vars } from './types.js';

/** One place that gives a var a value for a machine. */
export interface VarCandidate {
  readonly level: 'config' | 'fleet' | 'group' | 'machine';
  /** Dotted path of the definition, e.g. `configs.web.vars.connections`. */
  readonly path: string;
  /** Undefined: this definition has no such part. The strongest definition counts whole, so none of another counts either. */
  readonly value: Data | undefined;
  readonly at: Location | undefined;
  /** Whether this one counts. */
  readonly wins: boolean;
}

/** `limits.web.files` of a definition of `limits`. */
const partOf = (vars: Vars, parts: readonly string[]): Data | undefined =>
  parts.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? Reflect.get(value, part)
        : undefined,
    vars,
  ) as Data | undefined;

/**
 * Every definition of a var, or of the var that a part such as `limits.web.files` belongs to,
 * that a machine could see, weakest first: config (included ones before the config itself),
 * then fleet, group and the machine itself. Empty when nothing defines it or there is no such machine.
 */
export function varCandidates(fleet: LoadedFleet, machine: string, name: string): VarCandidate[] {
  const group = groupOf(fleet, machine);
  if (group === undefined) return [];
  const parts = name.split('.');
  const found = definitions(fleet, group, machine).flatMap(({ level, owner, vars }) => {
    if (!Object.hasOwn(vars, parts[0] ?? '')) return [];
    const path = `${owner}vars.${name.replace(/\.(\d+)(?=\.|$)/g, '[$1]')}`;
    return [{ level, path, value: partOf(vars, parts), at: fleet.where(path) }];
  });
  return found.map((candidate, i) => ({ ...candidate, wins: i === found.length - 1 }));
}

/** The group whose machine this is; undefined when it isn't declared. */
export function groupOf({ manifest }: LoadedFleet, machine: string): string | undefined {
  const named = Object.entries(manifest.groups).find(([, one]) => Object.hasOwn(one.machines ?? {}, machine));
  if (named) return named[0];
  const [, group = '', n = ''] = /^(.+)-([1-9]\d*)$/.exec(machine) ?? [];
  const declared = Object.hasOwn(manifest.groups, group) ? manifest.groups[group] : undefined;
  return declared && !declared.machines && Number(n) <= declared.count ? group : undefined;
}

interface Definition {
  readonly level: VarCandidate['level'];
  readonly owner: string;
  readonly vars: Vars;
}

function definitions({ manifest }: LoadedFleet, groupName: string, machine: string): Definition[] {
  const group = manifest.groups[groupName];
  const configs = configsOf(manifest.configs, group?.config ?? '').map(
    (name): Definition => ({
      level: 'config',
      owner: `configs.${name}.`,
      vars: manifest.configs[name]?.vars ?? {},
    }),
  );
  return [
    ...configs,
    { level: 'fleet', owner: '', vars: manifest.vars },
    { level: 'group', owner: `groups.${groupName}.`, vars: group?.vars ?? {} },
    {
      level: 'machine',
      owner: `groups.${groupName}.machines.${machine}.`,
      vars: group?.machines?.[machine]?.vars ?? {},
    },
  ];
}
