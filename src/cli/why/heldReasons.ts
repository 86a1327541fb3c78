import {
  ahead,
  approvalsText,
  batchText,
  deadlineText,
  type GateDocument,
  type GroupDocument,
  gateCommands,
  gatePlace,
  mayAnswer,
  type Next,
  oneLine,
  openGates,
  type Typed,
  voteText,
  windowCommands,
  windowText,
} from '../../report/index.js';
import { governedBy } from '../run/governed.js';
import { type ActiveFacts, type Reason, reason, runName, type WhyFacts } from './types.js';

type Place = Pick<WhyFacts, 'at' | 'flag' | 'place'>;

/** Gates, soaks, a pause, a closed window: what holds a run, or one group of it, though nobody failed. */
export function heldReasons(facts: Place, active: ActiveFacts, group?: string | null): Reason[] {
  if (active.progress === null) return [];
  const { gates, groups } = governedBy(active.progress);
  const mine = <T>(of: (one: T) => string | null, all: readonly T[]): readonly T[] =>
    group === undefined ? all : all.filter((one) => of(one) === null || of(one) === group);
  return [
    ...pauseReasons(facts, active),
    ...mine(groupOfGate, openGates(gates)).map((one) => gateReason(one, facts, active)),
    ...mine((one) => one.group ?? '', groups)
      .filter(({ state }) => state === 'soaking')
      .map((one) => soakReason(one, facts, active)),
  ];
}

/** Null: all of the run. */
const groupOfGate = ({ gate }: Pick<GateDocument, 'gate'>): string | null =>
  gate.includes(':') ? gate.slice(gate.indexOf(':') + 1) : null;

const typedOf = ({ flag }: Place, { run }: ActiveFacts): Typed => ({ run: runName(run), flag });
const toType = (commands: readonly Next[]) => commands.map(([command, does]) => ({ command, does }));

/** A pause, and a window that is closed: nothing new begins anywhere. */
export function pauseReasons(facts: Place, active: ActiveFacts): Reason[] {
  if (active.progress === null) return [];
  const { paused, window } = governedBy(active.progress);
  const typed = typedOf(facts, active);
  const pause = paused && [
    reason({
      kind: 'paused',
      waitsFor: `somebody to resume it: ${oneLine(paused.by)} paused it${paused.reason === null ? '' : ` (${oneLine(paused.reason)})`}`,
      since: paused.at,
      release: `${oneLine(paused.by)}, or any operator of ${facts.place}`,
      next: 'what runs comes to its end; nothing new is begun until then, without a deadline',
      commands: toType([[`millwright resume ${typed.run}${typed.flag}`, 'goes on']]),
    }),
  ];
  const closed = window &&
    !window.open && [
      reason({
        kind: 'window',
        waitsFor: `its window: ${windowText(window, Date.parse(facts.at))}`,
        release: 'nobody needs to; whoever the policy lets override windows may',
        next:
          window.until === null
            ? 'it does not open within a year'
            : `it goes on by itself at ${ahead(window.until, Date.parse(facts.at))}`,
        commands: toType(windowCommands(typed)),
      }),
    ];
  return [...(pause || []), ...(closed || [])];
}

export function gateReason(gate: GateDocument, facts: Place, active: ActiveFacts): Reason {
  const now = Date.parse(facts.at);
  const group = groupOfGate(gate);
  const rejected = gate.votes.filter(({ decision }) => decision === 'reject').map(voteText);
  if (gate.state !== 'open')
    return reason({
      ...{ kind: 'gate', group, since: gate.votes.at(-1)?.at ?? gate.since },
      waitsFor: `nothing at gate ${gate.gate}: it is ${gate.state}${rejected.length > 0 ? ` (${rejected.join(', ')})` : ''}`,
      next: gate.state === 'approved' ? 'the run has passed it' : 'the run ends; what is done stays',
      detail: gate.votes.map(voteText),
    });
  return reason({
    ...{ kind: 'gate', group, since: gate.since },
    waitsFor: `agreement ${gatePlace(gate.gate)}, gate ${gate.gate}: ${approvalsText(gate)}`,
    release: mayAnswer(gate),
    next: `nothing behind it is begun; ${deadlineText(gate, now)}`,
    commands: toType(gateCommands(gate, typedOf(facts, active))),
  });
}

function soakReason(group: GroupDocument, facts: Place, active: ActiveFacts): Reason {
  const { run, flag } = typedOf(facts, active);
  const { soaksUntil, group: name } = group;
  return reason({
    ...{ kind: 'soak', group: name },
    waitsFor: `the end of its soak: ${batchText(group)}`,
    release: `nobody needs to; any operator of ${facts.place} may end it`,
    next: `what is watched stays well${soaksUntil === null ? '' : ` until ${ahead(soaksUntil, Date.parse(facts.at))}`}: then the next batch begins, else it stops`,
    commands: toType([
      [
        `millwright promote ${run}${name === null ? '' : ` --group ${name}`}${flag}`,
        'begins the next batch now',
      ],
    ]),
  });
}

/** One gate that was asked about by its name. */
export function namedGate(facts: WhyFacts, active: ActiveFacts | null, gate: string): Reason[] {
  const known = active?.progress ? governedBy(active.progress).gates : [];
  const found = known.find((one) => one.gate === gate);
  if (found && active) return [gateReason(found, facts, active)];
  const reached = known.map((one) => one.gate).join(', ');
  return [
    reason({
      kind: 'gate',
      waitsFor:
        active === null
          ? `nothing: no run is active, so nobody asks at gate ${gate}`
          : `the run to come there: gate ${gate} has not been reached${reached === '' ? '' : `; reached were ${reached}`}`,
      next:
        active === null
          ? 'the next run asks there, if its plan or the policy says so'
          : `it opens ${gatePlace(gate)}, if the plan or the policy asks for it`,
      commands: toType([[`millwright plan${facts.flag}`, 'shows which gates a plan has']]),
    }),
  ];
}
