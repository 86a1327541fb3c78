import type { FailureInfo, MachineOutcome } from '../model/index.js';
import { machineRanges } from './ranges.js';
import type { QuestionDocument, WayBack } from './runDocuments.js';
import { machineList } from './text.js';

/** A command to type, and what it does. */
export type Next = readonly [command: string, does: string];

/** How a run is named in commands: its number or ULID, and the environment flag where one is needed: ` -e prod`. */
export interface Typed {
  readonly run: string;
  readonly flag: string;
}

/** What can be typed to answer an open question; the newest plan first, leaving all as it is last. */
export function answersTo(question: QuestionDocument, typed: Typed): Next[] {
  const { machine, detail, answers } = question;
  const { run, flag } = typed;
  const offers = (word: QuestionDocument['answers'][number], ...next: Next[]): Next[] =>
    answers.includes(word) ? next : [];
  return [
    ...supersede(detail, flag),
    ...offers('retry', [
      `millwright retry ${run} ${machine}${flag}`,
      `the same plan again, from ${fromWhere(detail)}`,
    ]),
    ...offers('skip', [
      `millwright skip ${run} ${machine}${flag}`,
      `leaves ${machine} as it is and goes on without it`,
    ]),
    ...rollbacks(question, typed),
    ...offers('stop', [`millwright stop ${run}${flag}`, 'leaves all as it is']),
  ];
}

/** A fix helps where the contract, or what it did on the machine, is at fault. */
function supersede({ failure, counts, phase }: MachineOutcome, flag: string): Next[] {
  if (failure?.cause !== 'change' && phase !== 'provision' && phase !== 'verify') return [];
  const left = counts?.notReached ?? 0;
  const rest = left === 0 ? '' : left === 1 ? ' and the next' : ` and the ${left} after it`;
  const does = phase === 'provision' && counts ? `; runs this step${rest}` : '';
  return [[`millwright up --supersede${flag}`, `with your fix committed: a new plan${does}`]];
}

const fromWhere = ({ phase }: MachineOutcome): string =>
  phase === undefined || phase === 'provision' ? 'this step' : `phase ${phase}`;

/** One line where only this machine was touched, else one for it alone and one for all: a run can always go back. */
function rollbacks({ machine, wayBack, touched, answers }: QuestionDocument, { run, flag }: Typed): Next[] {
  const others = touched.filter((one) => one !== machine);
  if (others.length === 0) return [[`millwright rollback ${run}${flag}`, wayBackText(wayBack, [machine])]];
  const alone: Next = [
    `millwright rollback ${run} ${machine}${flag}`,
    `${wayBackText(wayBack, [machine])}; nothing more is started`,
  ];
  return [
    ...(answers.includes('rollback') ? [alone] : []),
    [`millwright rollback ${run}${flag}`, wayBackText(null, [...others, machine])],
  ];
}

/** `puts 8be0d17 back on web-1 and verifies it`, or why that can't be done. Null: it isn't known what is there. */
export function wayBackText(way: WayBack | null, machines: readonly string[]): string {
  const names = machineList(machines).length <= 60 ? machineList(machines) : machineRanges(machines);
  if (way === null) return `puts back what was verified before on ${names} and verifies it`;
  const reachable = way.rungs.find((one) => one.unreachable === undefined);
  if (!reachable) return `can't put ${names} back: ${obstacles(way)}`;
  const how = reachable.rung === 'restore' ? '' : ` by ${reachable.rung}`;
  const lost = reachable.discards === undefined ? '' : `; discards ${reachable.discards}`;
  return `puts ${returnName(way)} back on ${names}${how} and verifies it${lost}`;
}

const returnName = ({ commit, bundle }: WayBack): string =>
  commit?.slice(0, 7) ?? (bundle === null ? 'what was verified before' : `bundle ${bundle.slice(0, 8)}`);

const obstacles = ({ rungs }: WayBack): string =>
  [...new Set(rungs.flatMap((one) => one.unreachable ?? []))].join('; ') || 'nothing was verified before';

/** What can be typed once the run has ended and the machine is not well. */
export function nextAfter(
  one: {
    readonly machine: string;
    readonly failure: FailureInfo;
    readonly outcome: string;
    readonly wayBack: WayBack | null;
  },
  typed: Typed,
): Next[] {
  if (one.outcome === 'rollback-failed') {
    return [
      [`millwright ssh ${one.machine}${typed.flag}`, 'look now: it is left as the last attempt left it'],
      [`millwright up${typed.flag}`, 'with a fix committed: goes on from what is there'],
    ];
  }
  if (one.outcome === 'rolled-back-verified')
    return [[`millwright up${typed.flag}`, 'with a fix committed; this revision only with --again']];
  if (one.failure.cause === 'cancelled') return [];
  const back = one.wayBack?.rungs.some((rung) => rung.unreachable === undefined) ?? false;
  return [
    [`millwright up${typed.flag}`, 'goes on where it stopped; finished steps are only checked'],
    ...(back
      ? [
          [
            `millwright rollback ${typed.run}${typed.flag}`,
            'puts back what was verified before on all that this run changed',
          ] as const,
        ]
      : []),
  ];
}
