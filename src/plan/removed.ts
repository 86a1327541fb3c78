import { makeBundle } from '../bundle/index.js';
import {
  type Base,
  type Digest,
  type EnvironmentRef,
  existingShape,
  type MachineBase,
  type MachineShape,
  shapeDigest,
  type Target,
} from '../model/index.js';
import { assemble, type Compiled } from './assemble.js';
import { compare } from './problems.js';

/** What destroying needs to know of the fleet. */
export interface Remains {
  readonly environment: EnvironmentRef;
  readonly base: Base;
  /** Site name to provider. */
  readonly providers: Readonly<Record<string, string>>;
  /** Groups in order of apply; destroy goes the other way. */
  readonly order: readonly string[];
  /** Shapes that the machines were made with, by digest, as far as they are known. */
  readonly shapes: Readonly<Record<Digest, MachineShape>>;
  /** How a machine is taken out of use before it goes; undefined: nobody is asked for that. */
  surroundings?(machine: string): LastSurroundings;
}

/** What a machine's document says of how it is taken out of use. */
export type LastSurroundings = Pick<Target, 'around' | 'peers'>;

/** A destroyed machine is admitted to nothing: its bundle has no steps. */
export const emptyBundle = makeBundle({ steps: [], verify: [], slots: [] });

/** The plan of `destroy`: the named machines go, undrained, all others are left out of it. */
export function compileDestroy(remains: Remains, machines: readonly string[]): Compiled {
  const removed = removedTargets(machines, remains, () => 'destroy was asked for');
  const bundles = new Map([[emptyBundle.id, emptyBundle]]);
  return assemble({ environment: remains.environment, groups: [], removed, bundles });
}

/** Targets that destroy the named machines: last group first, highest number first. */
export function removedTargets(
  names: readonly string[],
  remains: Remains,
  reason: (name: string) => string,
): Target[] {
  const existing = names.flatMap((name) => (remains.base[name] ? [{ name, base: remains.base[name] }] : []));
  const ordered = existing.sort(
    (a, b) =>
      rank(b, remains) - rank(a, remains) || compare(a.base.group, b.base.group) || byNumber(b.name, a.name),
  );
  return ordered.map(({ name, base }) => removedTarget(name, base, remains, reason(name)));
}

/** `groups.web.count 5 → 4`, or that the whole group is gone. */
export function removalReason(
  base: Base,
  counts: Readonly<Record<string, number | 'named'>>,
): (name: string) => string {
  const before = new Map<string, number>();
  for (const { group } of Object.values(base)) before.set(group, (before.get(group) ?? 0) + 1);
  return (name) => {
    const group = base[name]?.group ?? '';
    const count = counts[group];
    if (count === 'named') return `groups.${group}.machines.${name} is gone`;
    return count === undefined
      ? `groups.${group} is gone`
      : `groups.${group}.count ${before.get(group)} → ${count}`;
  };
}

/** A group that is no longer declared goes first: nothing that is declared waits for it. */
const rank = (one: { base: MachineBase }, { order }: Remains): number =>
  order.includes(one.base.group) ? order.indexOf(one.base.group) : order.length;

/** `web-9` before `web-10`. */
function byNumber(a: string, b: string): number {
  const number = (name: string) => Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
  return number(a) - number(b) || compare(a, b);
}

const existing = shapeDigest(existingShape);

const unknownShape: MachineShape = {
  ...{ cpus: 0, memoryMiB: 0, diskMiB: 0, image: { name: 'unknown', kind: 'micro' } },
  ...{ disks: [], nics: [], publish: [] },
};

const removedTarget = (machine: string, base: MachineBase, remains: Remains, reason: string): Target => ({
  ref: { ...remains.environment, machine },
  group: base.group,
  site: base.site,
  provider: base.shape === existing ? 'static' : (remains.providers[base.site] ?? 'qemu'),
  action: 'destroy',
  reason: base.shape === existing ? `${reason}; it is only given up and goes on as it is` : reason,
  base,
  shape: remains.shapes[base.shape] ?? unknownShape,
  shapeDigest: base.shape,
  protect: base.protect,
  labels: {},
  bundle: emptyBundle.id,
  steps: [],
  verify: [],
  slots: [],
  rungs: [],
  cannotUndo: [],
  // One that is only given up goes on, and stays in use.
  ...(base.shape === existing ? {} : remains.surroundings?.(machine)),
});
