import type { SweptOrphan } from '../../activities/types.js';
import { columns, count, indent } from '../../report/index.js';
import { Exit, worst } from '../exit.js';

export interface SweepDocument {
  readonly schema: 'millwright/sweep/v1';
  readonly fleet: string;
  readonly environment: string;
  readonly at: string;
  readonly sites: readonly SweptSite[];
  readonly exit: number;
}

export interface SweptSite {
  readonly site: string;
  /** False: nobody works for it, so all that follows is empty. */
  readonly asked: boolean;
  readonly owned: readonly string[];
  readonly orphans: readonly (SweptOrphan & { readonly key: string })[];
  readonly foreign: readonly string[];
  readonly missing: readonly string[];
  /** Machines that somebody works on right now: what they own is recorded in a moment. */
  readonly busy: readonly string[];
  /** Instances of machines that were given up. */
  readonly spared: readonly string[];
}

/** 8 where something is left that nobody owns, or is owned and not there; 7 where a site could not be asked. */
export const exitOfSweep = (sites: readonly SweptSite[]): number =>
  worst(
    sites.map((one) => {
      if (!one.asked) return Exit.unreachable;
      const left = one.orphans.some((orphan) => !orphan.removed) || one.missing.length > 0;
      return left ? Exit.incomplete : Exit.asAsked;
    }),
  );

export const sweepText = ({ sites, fleet, environment, exit }: SweepDocument): string =>
  [`${fleet}/${environment}`, ...sites.flatMap(siteLines), '', sum(sites, exit)].join('\n');

function siteLines(one: SweptSite): string[] {
  if (!one.asked)
    return [`${one.site}: nobody works for it, so it was not asked (millwright worker --site ${one.site})`];
  return [
    `${one.site}: ${count(one.owned.length, 'VM')} owned`,
    ...indent(one.orphans.flatMap(orphanLines), 2),
    ...indent(named('missing', one.missing, 'recorded, and not there: millwright up makes it anew'), 2),
    ...indent(named('busy', one.busy, 'somebody works on it right now'), 2),
    ...indent(named('given up', one.spared, 'forgotten, and left alone'), 2),
    ...indent(named('foreign', one.foreign, 'not of this environment, and never touched'), 2),
  ];
}

function orphanLines(one: SweptSite['orphans'][number]): string[] {
  const state = one.removed
    ? 'removed'
    : `${one.power === 'unknown' ? 'power unknown' : one.power}${one.protect ? ', protected' : ''}`;
  return [
    ...columns([['orphan', one.key, one.instance, state]]),
    ...(one.why === undefined || one.removed ? [] : [`        left: ${one.why}`]),
  ];
}

const named = (kind: string, all: readonly string[], meaning: string): string[] =>
  columns(all.map((one) => [kind, one, meaning]));

function sum(sites: readonly SweptSite[], exit: number): string {
  const left = sites.flatMap((one) => one.orphans.filter((orphan) => !orphan.removed));
  if (left.length > 0)
    return `${count(left.length, 'VM')} without a machine: millwright adopt MACHINE --vm ID takes one over, millwright doctor --sweep --remove destroys them.`;
  if (exit === Exit.incomplete) return 'Some machines have lost their VM.';
  return exit === Exit.unreachable ? 'Not every site was asked.' : 'Every VM has its machine.';
}
