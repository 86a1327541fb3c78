interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values from `min` on. */
  readonly words?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fields: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, words: months },
  { name: 'day of week', min: 0, max: 7, words: days },
];
const nicknames = [
  '@reboot',
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
];

/** Why crontab(5) would not take that schedule, or would never run it. */
export function scheduleProblem(schedule: string): string | undefined {
  const parts = schedule.trim().split(/[ \t]+/);
  if (parts[0]?.startsWith('@'))
    return nicknames.includes(schedule.trim())
      ? undefined
      : `"${schedule}" is none of ${nicknames.join(', ')}.`;
  if (parts.length !== fields.length)
    return `A schedule has five fields (minute, hour, day of month, month, day of week), and this has ${parts.length}.`;
  return fields
    .map((field, index) => fieldProblem(field, parts[index] ?? ''))
    .find((why) => why !== undefined);
}

function fieldProblem(field: Field, text: string): string | undefined {
  const sound = text.split(',').every((item) => isItem(field, item));
  return sound
    ? undefined
    : `"${text}" is no ${field.name}: ${field.min} to ${field.max}, as in 5, 1-4, */15 or 1,3.`;
}

/** `*`, `5`, `1-4`, each perhaps with `/2`. */
function isItem(field: Field, item: string): boolean {
  const [, range = '', step] = /^([^/]+)(?:\/([0-9]{1,2}))?$/.exec(item) ?? [];
  if (step !== undefined && Number(step) < 1) return false;
  if (range === '*') return true;
  const ends = range.split('-').map((end) => numberOf(field, end));
  const [from, to = from] = ends;
  return ends.length <= 2 && from !== undefined && to !== undefined && from <= to;
}

function numberOf({ min, max, words }: Field, text: string): number | undefined {
  const word = words?.indexOf(text.toLowerCase()) ?? -1;
  if (word >= 0) return min + word;
  const value = /^[0-9]{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}
