import type { Manifest, Vars } from '../manifest/types.js';
import { publishedFacts, type Slot } from '../model/index.js';
import type { Scope } from './expression.js';
import { LateValue } from './late.js';
import { type DeclaredMachine, sortedEntries } from './machines.js';

/** What templates read of a fleet, and the slots that its late values stand for. */
export interface FleetScope {
  /** For texts that don't speak of `machine`. */
  of(vars: Vars): Scope;
  /** For texts that do. */
  ofMachine(vars: Vars, machine: DeclaredMachine): Scope;
  slot(name: string): Slot | undefined;
}

type Published = Readonly<Record<string, unknown>>;

export function createScope(manifest: Manifest, machines: readonly DeclaredMachine[]): FleetScope {
  const slots = new Map<string, Slot>();
  const late = (slot: Slot, written: string): LateValue => {
    slots.set(slot.name, slot);
    return new LateValue(slot, written);
  };
  const published = new Map(machines.map((machine) => [machine.name, publish(manifest, machine, late)]));
  const shared = {
    fleet: manifest.fleet,
    environment: manifest.environment,
    networks: Object.fromEntries(sortedEntries(manifest.networks)),
    machines: Object.fromEntries(published),
    groups: groupsOf(manifest, machines, published),
    secrets: Object.fromEntries(
      sortedEntries(manifest.secrets).map(([name, secret]) => [
        name,
        late({ name, kind: 'secret', secret }, `secrets.${name}`),
      ]),
    ),
  };
  return {
    of: (vars) => ({ ...shared, vars }),
    ofMachine: (vars, machine) => ({ ...shared, vars, machine: published.get(machine.name) }),
    slot: (name) => slots.get(name),
  };
}

type Late = (slot: Slot, written: string) => LateValue;

function publish(manifest: Manifest, machine: DeclaredMachine, late: Late): Published {
  const { name, group, index, addresses, address, existing } = machine;
  const written = `machines.${name}.address`;
  const about = {
    name,
    address: address ?? late({ name: written, kind: 'address', machine: name }, written),
    group,
    index,
    labels: Object.fromEntries(sortedEntries({ ...manifest.groups[group]?.labels, ...existing?.labels })),
    addresses,
  };
  // Made when somebody asks: a fleet has many machines, and few are asked. Not a part of the machine as JSON.
  return Object.defineProperty(about, 'facts', { get: () => lateFacts(name, late) });
}

/** What only the machine itself can say, `os.family` as `facts.os.family`. */
function lateFacts(machine: string, late: Late): Published {
  const facts: Record<string, unknown> = {};
  const os: Record<string, unknown> = {};
  for (const fact of publishedFacts) {
    const written = `machines.${machine}.facts.${fact}`;
    const value = late({ name: written, kind: 'fact', machine, fact }, written);
    if (fact.startsWith('os.')) os[fact.slice(3)] = value;
    else facts[fact] = value;
  }
  return { ...facts, os };
}

function groupsOf(
  manifest: Manifest,
  machines: readonly DeclaredMachine[],
  published: ReadonlyMap<string, Published>,
): Published {
  const members = new Map<string, (Published | undefined)[]>(
    Object.keys(manifest.groups).map((name) => [name, []]),
  );
  for (const machine of machines) members.get(machine.group)?.push(published.get(machine.name));
  return Object.fromEntries(
    [...members].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, list]) => [name, { name, machines: list }]),
  );
}
