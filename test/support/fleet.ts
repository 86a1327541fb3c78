import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MicroFleet {
  /** Config resources as YAML list items, indented by six spaces. */
  readonly resources: string;
  readonly verify?: string;
  readonly count?: number;
  readonly extra?: string;
}

/** Writes a fleet of micro machines `node-1…n` and returns its folder. */
export function writeMicroFleet(parent: string, name: string, fleet: MicroFleet): string {
  const dir = join(parent, name);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'fleet.yaml'), microFleet(name, fleet));
  return dir;
}

function microFleet(name: string, fleet: MicroFleet): string {
  return `version: 1
fleet: ${name}
uid: ${fleetUid(name)}
sites:
  main: {provider: qemu}
images:
  micro: {build: micro}
configs:
  node:
    resources:
${fleet.resources}
    verify:
${fleet.verify ?? '      - tcp: 22'}
groups:
  node:
    count: ${fleet.count ?? 2}
    site: main
    image: micro
    size: {cpus: 1, memory: 128MiB, disk: 256MiB}
    config: node
${fleet.extra ?? ''}environments:
  dev:
    default: true
    rules: {cleanCommit: false}
`;
}

/** A ULID that depends on the name alone: two fleets of a test never meet, and the same one is itself again. */
export function fleetUid(name: string): string {
  const digits = [...name].map((letter) => (letter.charCodeAt(0) % 32).toString(32)).join('');
  const crockford = digits
    .toUpperCase()
    .replace(/[ILOU]/g, '0')
    .replace(/[^0-9A-Z]/g, '0');
  return `01JZ${crockford.padEnd(22, '0').slice(0, 22)}`;
}
