import {
  type Action,
  actions,
  canonicalJson,
  type Digest,
  type MachineBase,
  type MachineShape,
} from '../model/index.js';

/** What a machine is to become, as far as it decides the action. */
export interface Next {
  readonly site: string;
  readonly bundle: string;
  readonly shape: MachineShape;
  readonly shapeDigest: Digest;
  readonly protect: boolean;
  /** Nobody makes it: it is there. */
  readonly exists: boolean;
}

export interface Decision {
  readonly action: Action;
  /** Why, in words; undefined where the action says it all. */
  readonly reason?: string;
}

interface Reason {
  readonly action: Action;
  readonly why: string;
}

/** The least disturbing action that brings a machine from its base to what is declared. */
export function decide(
  base: MachineBase | undefined,
  next: Next,
  baseShape: MachineShape | undefined,
): Decision {
  if (!base)
    return next.exists ? { action: 'change', reason: 'exists already, first change' } : { action: 'create' };
  const reasons = [
    ...siteReasons(base, next),
    ...shapeReasons(base, next, baseShape),
    ...smallReasons(base, next),
  ];
  const action = highest(reasons.map((reason) => reason.action));
  const whys = reasons.map((reason) => reason.why).filter((why) => why !== '');
  return whys.length > 0 ? { action, reason: whys.join('; ') } : { action };
}

const highest = (some: readonly Action[]): Action =>
  actions[Math.max(0, ...some.map((action) => actions.indexOf(action)))] ?? 'nothing';

function siteReasons(base: MachineBase, next: Next): Reason[] {
  if (base.site === next.site) return [];
  const why = `site ${base.site} → ${next.site}`;
  // Another site's worker reaches the same machine.
  return [{ action: next.exists && base.shape === next.shapeDigest ? 'change' : 'replace', why }];
}

function smallReasons(base: MachineBase, next: Next): Reason[] {
  const stamp: Reason = { action: 'change', why: next.protect ? 'protect is put on' : 'protect is lifted' };
  const bundle: Reason = { action: 'change', why: base.assigned === null ? 'never provisioned' : '' };
  return [
    ...(base.protect === next.protect ? [] : [stamp]),
    ...(base.assigned === next.bundle ? [] : [bundle]),
  ];
}

function shapeReasons(base: MachineBase, next: Next, known: MachineShape | undefined): Reason[] {
  if (base.shape === next.shapeDigest) return [];
  if (!known) return [{ action: 'replace', why: 'the shape it was made with is not in the store any more' }];
  return compareShapes(known, next.shape);
}

/** What a running machine cannot take up costs a power cycle; its disks and what its first boot laid down, a replacement. */
export function compareShapes(before: MachineShape, after: MachineShape): Reason[] {
  const sizes: Reason[] = [
    ...changed('power cycle', 'cpus', before.cpus, after.cpus),
    ...changed('power cycle', 'memory', mib(before.memoryMiB), mib(after.memoryMiB)),
    ...changed('replace', 'disk', mib(before.diskMiB), mib(after.diskMiB)),
  ];
  const { name: _, ...image } = before.image;
  const { name, ...nextImage } = after.image;
  const laidDown: Reason[] = [
    ...(same(image, nextImage) ? [] : [{ action: 'replace', why: `image ${name} differs` } as const]),
    ...disks(before, after),
    ...(same(before.nics, after.nics)
      ? []
      : [{ action: 'replace', why: 'networks or addresses differ' } as const]),
    ...changed('power cycle', 'publish', before.publish.join(' '), after.publish.join(' ')),
  ];
  return [...sizes, ...laidDown];
}

function disks(before: MachineShape, after: MachineShape): Reason[] {
  const names = [...new Set([...before.disks, ...after.disks].map((disk) => disk.name))].sort();
  return names.flatMap((name): Reason[] => {
    const [was, is] = [before, after].map((shape) => shape.disks.find((disk) => disk.name === name));
    if (!was || !is) return [{ action: 'replace', why: `disk ${name} ${is ? 'is new' : 'is gone'}` }];
    const { sizeMiB: oldSize, ...old } = was;
    const { sizeMiB: newSize, ...now } = is;
    if (!same(old, now)) return [{ action: 'replace', why: `disk ${name} differs` }];
    return changed('replace', `disk ${name}`, mib(oldSize), mib(newSize));
  });
}

const changed = <T extends string | number>(action: Action, what: string, before: T, after: T): Reason[] =>
  before === after ? [] : [{ action, why: `${what} ${before || 'none'} → ${after || 'none'}` }];

const mib = (n: number): string => (n % 1024 === 0 ? `${n / 1024} GiB` : `${n} MiB`);

const same = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);
