import { type Step, sha256Hex } from '../model/index.js';
import { factKey, flag, makeStep } from './step.js';
import { assertName } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedTimer extends ResolvedCommon {
  readonly type: 'timer';
  /** Name of both units, without suffix. */
  readonly timer: string;
  /** Shell. */
  readonly run?: string;
  readonly as: string;
  /** systemd.time(7). */
  readonly onCalendar?: string | readonly string[];
  /** A time that passed while the machine was off is made up for. */
  readonly persistent: boolean;
  readonly absent: boolean;
}

const header = '# Managed by Millwright: changes here are reverted.\n';

/** facts: both files, both units. apply: written, daemon-reload, enabled and started. undo: files and state as before. */
export function compileTimer(resource: ResolvedTimer): Step {
  const { id, timer, run, as, persistent, absent } = resource;
  assertName(timer, /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,100}$/, id);
  assertName(as, /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, id);
  const texts = absent ? ['', ''] : [serviceText(resource), timerText(resource)];
  const names = [`${timer}.service`, `${timer}.timer`] as const;
  const paths = names.map((name) => `/etc/systemd/system/${name}`);
  const [serviceSha = '', timerSha = ''] = texts.map(sha256Hex);
  return makeStep({
    ...{ resource, undo: 'exact' },
    facts: [
      ...paths.flatMap((key) => ['stat', 'sha256'].map((kind) => ({ kind, key }))),
      ...names.map((key) => ({ kind: 'unit', key })),
    ],
    variables: {
      timer_name: timer,
      timer_service_key: factKey('stat', paths[0] as string),
      timer_key: factKey('stat', paths[1] as string),
      timer_service_unit: factKey('unit', names[0]),
      timer_unit: factKey('unit', names[1]),
      timer_service_sha: serviceSha,
      timer_sha: timerSha,
      timer_absent: flag(absent),
    },
    files: absent ? [] : texts,
    intent: { timer, run, as, onCalendar: listOf(resource.onCalendar), persistent, absent },
  });
}

function serviceText({ timer, run = '', as, id }: ResolvedTimer): string {
  assertName(run, /^[^\u0000-\u0008\u000b-\u001f\u007f]+$/, id);
  const user = as === 'root' ? '' : `User=${as}\n`;
  return `${header}[Unit]\nDescription=${timer}\n\n[Service]\nType=oneshot\n${user}ExecStart=/bin/sh -c ${unitWord(run)}\n`;
}

function timerText({ timer, onCalendar, persistent, id }: ResolvedTimer): string {
  const times = listOf(onCalendar);
  assertName(times.join(','), /./, id);
  for (const time of times) assertName(time, /^[A-Za-z0-9 *:,.~/_+-]+$/, id);
  const lines = [...times.map((time) => `OnCalendar=${time}`), `Persistent=${persistent}`];
  return `${header}[Unit]\nDescription=Starts ${timer}.service\n\n[Timer]\n${lines.join('\n')}\n\n[Install]\nWantedBy=timers.target\n`;
}

const escapes: Readonly<Record<string, string>> = {
  ...{ '\\': '\\\\', '"': '\\"', '\n': '\\n', '\t': '\\t', '%': '%%', $: '$$' },
};

/** One word of ExecStart: systemd unquotes, unescapes, and expands `%` and `$` in it. */
const unitWord = (text: string): string =>
  `"${text.replace(/[\\"\n\t%$]/g, (char) => escapes[char] as string)}"`;

const listOf = (value: string | readonly string[] | undefined): string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : [...value];
