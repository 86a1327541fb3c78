import type { ManifestConnect } from '../types.js';
import { connectionOf, type HostConnection } from './connection.js';
import type { ReadInventory } from './files.js';
import { type MergedHost, mergeHosts } from './merge.js';
import { labelKey, namesOf } from './names.js';
import { plainVars } from './values.js';

/** A machine as it will stand in the manifest; its host key is looked up by whoever writes it. */
export interface ImportedMachine {
  readonly host: string;
  readonly port?: number;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly connect: ManifestConnect;
}
export interface ImportedGroup {
  readonly vars: Readonly<Record<string, unknown>>;
  readonly connect: ManifestConnect;
  readonly machines: Readonly<Record<string, ImportedMachine>>;
}
export interface Imported {
  /** What all machines share of the way to them. */
  readonly connect: ManifestConnect;
  readonly groups: Readonly<Record<string, ImportedGroup>>;
  /** Key files that the site's worker needs. */
  readonly keyFiles: readonly string[];
  /** What could not be carried over, each with the machine or file that says it. */
  readonly notes: readonly string[];
}

interface Host extends MergedHost {
  readonly machine: string;
  readonly group: string;
  readonly way: HostConnection;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An inventory as groups of machines that exist already: what all of a group say stands at the group. */
export function convertInventory(read: ReadInventory): Imported {
  const notes = [...read.notes];
  const reachable = mergeHosts(read).filter((host) => isReachedBySsh(host, notes));
  const names = namesOf(reachable, notes);
  const hosts = reachable.map((host): Host => {
    const way = connectionOf(host.name, host.vars);
    const own = Object.fromEntries(Object.entries(host.vars).filter(([key]) => !way.used.has(key)));
    const { vars, notes: about } = plainVars(own);
    notes.push(...[...way.notes, ...about].map((note) => `${host.name}: ${note}`));
    const { machine = host.name, group = 'machines' } = names.get(host.name) ?? {};
    return { ...host, machine, group, way, data: vars };
  });
  const connect = shared(hosts.map(({ way }) => way.connect));
  const byGroup = new Map<string, Host[]>();
  for (const host of hosts) byGroup.set(host.group, [...(byGroup.get(host.group) ?? []), host]);
  return {
    connect,
    groups: Object.fromEntries([...byGroup].map(([name, of]) => [name, groupOf(of, connect)])),
    keyFiles: [...new Set(hosts.flatMap(({ way }) => way.keyFile ?? []))],
    notes: together(notes),
  };
}

function isReachedBySsh({ name, vars }: MergedHost, notes: string[]): boolean {
  const how = vars.ansible_connection ?? 'ssh';
  if (how === 'ssh' || how === 'smart' || how === 'paramiko' || how === 'paramiko_ssh') return true;
  notes.push(`${name}: left out, as it is reached by ${how}`);
  return false;
}

function groupOf(hosts: readonly Host[], site: ManifestConnect): ImportedGroup {
  const vars = shared(hosts.map(({ data }) => data));
  const connect = shared(hosts.map(({ way }) => without(way.connect, site)));
  return {
    vars,
    connect,
    machines: Object.fromEntries(
      hosts.map(({ machine, way, data, others }) => [
        machine,
        {
          host: way.host,
          ...(way.port === undefined ? {} : { port: way.port }),
          vars: without(data, vars),
          labels: Object.fromEntries(others.map((group) => [labelKey(group), 'member'])),
          connect: without(without(way.connect, site), connect),
        },
      ]),
    ),
  };
}

/** Entries that all of them have alike. */
function shared<T extends object>(all: readonly T[]): T {
  const [first, ...rest] = all;
  const entries = Object.entries(first ?? {}).filter(([key, value]) =>
    rest.every((one) => same((one as Record<string, unknown>)[key], value)),
  );
  return Object.fromEntries(entries) as T;
}

const without = <T extends object>(one: T, known: T): T =>
  Object.fromEntries(Object.entries(one).filter(([key]) => !(key in known))) as T;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** One line for what is said of many machines. */
function together(notes: readonly string[]): string[] {
  const about = new Map<string, string[]>();
  for (const note of notes) {
    const [, who = '', what = note] = /^([^:\s]+): ([\s\S]*)$/.exec(note) ?? [];
    about.set(what, [...(about.get(what) ?? []), who]);
  }
  return [...about].map(([what, all]) => {
    const names = all.filter((name) => name !== '');
    if (names.length === 0) return what;
    const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
    return `${names.slice(0, 3).join(', ')}${more}: ${what}`;
  });
}
