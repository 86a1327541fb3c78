import {
  ahead,
  count,
  type EventDocument,
  type GateDocument,
  gatePlace,
  type Held,
  mayAnswer,
  oneLine,
  voteText,
  windowText,
} from '../../report/index.js';
import type { GroupProgress, RolloutProgress } from '../../workflows/types.js';
import { askingGates, gateDocument, governedBy } from './governed.js';

/** What was told of gates, batches, pauses and windows. */
export interface ToldGoverned {
  /** Gate to its state. */
  readonly gates: Map<string, string>;
  readonly votes: Set<string>;
  /** Group to where its batches stood. */
  readonly places: Map<string, string>;
  paused: string | undefined;
  closed: boolean;
}

export const nothingGoverned = (): ToldGoverned => ({
  ...{ gates: new Map(), votes: new Set(), places: new Map(), paused: undefined, closed: false },
});

export type Make = (fields: Partial<EventDocument> & Pick<EventDocument, 'result'>) => EventDocument;

/** Gates as they open and are answered, each vote, batches, pauses, windows: each told once. */
export function governEvents(
  progress: RolloutProgress,
  told: ToldGoverned,
  event: Make,
  now: string,
): EventDocument[] {
  const governed = governedBy(progress);
  return [
    ...pauseEvents(governed, told, event),
    ...windowEvents(governed, told, event, now),
    ...progress.groups.flatMap((group) => batchEvents(group, told, event, now)),
    ...gateEvents([...overrides(progress), ...governed.gates], told, event),
  ];
}

function pauseEvents({ paused }: Held, told: ToldGoverned, event: Make): EventDocument[] {
  const before = told.paused;
  told.paused = paused?.at;
  if (paused && paused.at !== before) {
    const { by, at, reason } = paused;
    return [
      event({
        result: 'paused',
        text: `by ${oneLine(by)}${reason === null ? '' : `: ${oneLine(reason)}`}`,
        at,
      }),
    ];
  }
  return before !== undefined && paused === null ? [event({ result: 'resumed' })] : [];
}

function windowEvents({ window }: Held, told: ToldGoverned, event: Make, now: string): EventDocument[] {
  const closed = window !== null && !window.open;
  if (closed === told.closed) return [];
  told.closed = closed;
  if (window === null) return [];
  return [
    event({
      result: closed ? 'window closed' : 'window open',
      text: windowText(window, Date.parse(now)).replace(/^(closed:? |window )/, ''),
    }),
  ];
}

/** A group of one batch has nothing to tell that its machines don't. */
function batchEvents(group: GroupProgress, told: ToldGoverned, event: Make, now: string): EventDocument[] {
  const { sizes = [], batch, soaksUntil, state } = group;
  const name = group.group ?? 'removed';
  const ended = state === 'done' || state === 'failed' || state === 'skipped';
  const before = told.places.get(name);
  const begun = batch !== undefined && (before !== undefined || (state !== 'waiting' && state !== 'gated'));
  if (sizes.length < 2 || !(begun || ended)) return [];
  const place = ended ? 'ended' : `${batch}${state === 'soaking' ? ' soaks' : ''}`;
  told.places.set(name, place);
  if (place === before || (ended && before === undefined)) return [];
  const nth = (at: number): string => `${name} batch ${at + 1} of ${sizes.length}`;
  const last = Number.parseInt(before ?? '', 10);
  const make = (result: string, text: string) => event({ result, group: name, text });
  const over = last >= 0 && (ended || last !== batch) ? [make('batch ended', nth(last))] : [];
  if (batch === undefined || ended || (last === batch && state !== 'soaking')) return over;
  const until = soaksUntil === undefined ? '' : ` until ${ahead(soaksUntil, Date.parse(now))}`;
  return state === 'soaking'
    ? [...over, make('soaking', `${nth(batch)}${until}`)]
    : [...over, make('batch begins', `${nth(batch)}: ${count(sizes[batch] ?? 0, 'machine')}`)];
}

/** Of the window only who overrode it is told as of a gate. */
const overrides = ({ gates = [] }: RolloutProgress): GateDocument[] =>
  gates.filter((one) => !askingGates([one]).length && one.votes.length > 0).map(gateDocument);

function gateEvents(gates: readonly GateDocument[], told: ToldGoverned, event: Make): EventDocument[] {
  return gates.flatMap((gate) => {
    const { gate: id, state, approvals, since } = gate;
    const before = told.gates.get(id);
    told.gates.set(id, state);
    const needs = `${gatePlace(id)}: needs ${count(approvals, 'approval')}; may answer: ${mayAnswer(gate)}`;
    const opened =
      before === undefined && id !== 'window'
        ? [event({ result: 'gate open', id, text: needs, at: since })]
        : [];
    const cast = gate.votes.filter((vote) => !told.votes.has(`${id} ${vote.by} ${vote.at}`));
    for (const vote of cast) told.votes.add(`${id} ${vote.by} ${vote.at}`);
    const votes = cast.map((vote) => event({ result: 'vote', id, text: voteText(vote), at: vote.at }));
    const answered = state !== 'open' && state !== before ? [event({ result: `gate ${state}`, id })] : [];
    return [...opened, ...votes, ...answered];
  });
}
