import { ago, columns, duration, oneLine } from '../../report/index.js';
import type { LastScan, ScheduleDocument, ScheduleEntry } from './document.js';
import type { ScheduleVerb } from './verbs.js';

/** A row per schedule; under it what the verb leaves to be known. */
export function scheduleText({ schedules }: ScheduleDocument, verb: ScheduleVerb, now: number): string {
  if (schedules.length === 0) return 'Nothing is scheduled: millwright schedule create';
  return [
    ...columns([
      ['SITE', 'EVERY', 'MODE', 'STATE', 'NEXT', 'LAST SCAN'],
      ...schedules.map((one) => row(one, now)),
    ]),
    ...schedules.flatMap(noteLines),
    ...after(verb, schedules),
  ].join('\n');
}

const row = (one: ScheduleEntry, now: number): string[] => [
  one.site,
  duration(one.everyMs),
  one.mode === 'enforce' ? `enforce, at most ${one.maxMachines}` : 'report',
  one.running === null ? one.state : `${one.state}, at work`,
  one.nextAt === null ? '-' : `in ${duration(Math.max(0, Date.parse(one.nextAt) - now))}`,
  one.lastScan === null ? '-' : scanText(one.lastScan, now),
];

function scanText({ endedAt, counts, mended, run }: LastScan, now: number): string {
  const found = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  const said =
    mended === 0 && run === null ? [] : [`${mended} mended${run === null ? '' : ` by run ${run}`}`];
  return `${ago(now - Date.parse(endedAt))}: ${[...found, ...said].join(', ') || 'no machines'}`;
}

const noteLines = ({ site, state, note }: ScheduleEntry): string[] =>
  state === 'paused' ? [`! ${site} is paused${note === null ? '' : ` by ${oneLine(note)}`}`] : [];

function after(verb: ScheduleVerb, schedules: readonly ScheduleEntry[]): string[] {
  if (verb === 'trigger') return ['A scan begins now; millwright status shows what it finds.'];
  const again = schedules.some(({ origin }) => origin === 'manifest');
  if (verb === 'delete' && again) return ['fleet.yaml says `reconcile`: the next run makes it again.'];
  return [];
}
