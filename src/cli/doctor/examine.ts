import type { DoctorCheck } from '../../report/index.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { estimate, install, type Privilege, privilege } from './apt.js';
import type { Component, Finding, Fix } from './types.js';

export interface Examined {
  readonly component: Component;
  readonly finding: Finding;
}

/** Looks at every component, one after another: the later ones need the earlier. */
export async function examine(context: Context, components: readonly Component[]): Promise<Examined[]> {
  const examined: Examined[] = [];
  for (const component of components) {
    examined.push({ component, finding: await component.inspect(context) });
  }
  return examined;
}

/** What would be done to put things right, in words, and the doing of it. */
export interface Repair {
  readonly lines: readonly string[];
  /** Packages first, as the rest may need them. Answers the names of the components it worked on. */
  carryOut(): Promise<ReadonlySet<string>>;
}

export async function planRepair(context: Context, components: readonly Component[]): Promise<Repair> {
  const wanted = (await examine(context, components)).filter((one) => one.finding.fix);
  if (wanted.length === 0) return { lines: [], carryOut: async () => new Set() };
  const how = await privilege();
  return { lines: await describe(wanted, how), carryOut: () => carryOut(context, wanted, how) };
}

/** Says what it takes, asks once, does it. */
export async function repair(
  context: Context,
  components: readonly Component[],
): Promise<ReadonlySet<string>> {
  const { lines, carryOut } = await planRepair(context, components);
  if (lines.length === 0) return new Set();
  context.say(`To be done on this machine:\n${lines.join('\n')}`);
  if (!(await context.confirm('Go on?')))
    throw usageError('Nothing was changed.', undefined, 'MW-DOCTOR-DECLINED');
  return carryOut();
}

async function carryOut(
  context: Context,
  wanted: readonly Examined[],
  how: Privilege,
): Promise<ReadonlySet<string>> {
  const fixed = new Set<string>();
  const packages = packagesOf(wanted);
  if (packages.length > 0 && how !== 'none') {
    context.say(`Installing ${packages.join(' ')} …`);
    await install(packages, how);
  }
  for (const { component, finding } of wanted) {
    await runFix(context, finding.fix);
    if (finding.fix?.by === 'us' || how !== 'none') fixed.add(component.name);
  }
  return fixed;
}

const packagesOf = (wanted: readonly Examined[]): string[] => [
  ...new Set(wanted.flatMap((one) => (one.finding.fix?.by === 'apt' ? one.finding.fix.packages : []))),
];

async function runFix(context: Context, fix: Fix | undefined): Promise<void> {
  if (fix?.by !== 'us') return;
  context.say(`${fix.what[0]?.toUpperCase()}${fix.what.slice(1)} …`);
  await fix.run();
}

async function describe(wanted: readonly Examined[], how: Privilege): Promise<string[]> {
  const packages = packagesOf(wanted);
  const ours = wanted.flatMap((one) => (one.finding.fix?.by === 'us' ? [`  ${one.finding.fix.what}`] : []));
  if (packages.length === 0) return ours;
  if (how === 'none') return [`  ${byHand(packages)}`, ...ours];
  const size = await estimate(packages);
  const sudo = how === 'sudo' ? ' with sudo' : '';
  return [`  install${sudo} by apt${size ? ` (${size})` : ''}: ${packages.join(' ')}`, ...ours];
}

const byHand = (packages: readonly string[]): string =>
  `NOT installed, as this user is neither root nor has sudo without a password: apt-get install ${packages.join(' ')}`;

/** The findings as the report shows them. */
export const checks = (examined: readonly Examined[], fixed: ReadonlySet<string>): DoctorCheck[] =>
  examined.map(({ component, finding }) => ({
    name: component.name,
    state: finding.state === 'ok' && fixed.has(component.name) ? 'fixed' : finding.state,
    text: finding.text,
    remedy: finding.remedy ?? null,
  }));
