import { type Step, sha256Hex } from '../model/index.js';
import { factKey, flag, makeStep } from './step.js';
import { assertName } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedCron extends ResolvedCommon {
  readonly type: 'cron';
  /** Name of the file in /etc/cron.d. */
  readonly cron: string;
  /** Five fields, or `@daily`. */
  readonly schedule?: string;
  /** Shell, one line. */
  readonly run?: string;
  readonly as: string;
  readonly env: Readonly<Record<string, string>>;
  readonly absent: boolean;
}

const schedules = /^(@[a-z]+|[A-Za-z0-9*,/-]+( [A-Za-z0-9*,/-]+){4})$/;

/** facts: the file. apply: written beside, renamed; cron sees it within a minute. undo: the file as it was. */
export function compileCron(resource: ResolvedCron): Step {
  const { id, cron, schedule, run, as, env, absent } = resource;
  assertName(cron, /^[A-Za-z0-9_-]{1,64}$/, id);
  const path = `/etc/cron.d/${cron}`;
  const text = absent ? '' : cronText(resource);
  return makeStep({
    ...{ resource, undo: 'exact' },
    facts: ['stat', 'sha256'].map((kind) => ({ kind, key: path })),
    variables: {
      cron_path: path,
      cron_key: factKey('stat', path),
      cron_sha: sha256Hex(text),
      cron_absent: flag(absent),
    },
    files: absent ? [] : [text],
    intent: { cron, schedule, run, as, env: { ...env }, absent },
  });
}

function cronText({ id, schedule = '', run = '', as, env }: ResolvedCron): string {
  const fields = schedule.trim().replace(/[ \t]+/g, ' ');
  assertName(fields, schedules, id);
  assertName(as, /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, id);
  assertName(run, /^[^\u0000-\u0008\u000a-\u001f\u007f]+$/, id);
  const lines = Object.keys(env)
    .sort()
    .map((name) => envLine(name, env[name] as string, id));
  // To cron a bare % is the end of the line.
  const job = `${fields} ${as} ${run.replace(/%/g, '\\%')}`;
  return ['# Managed by Millwright: changes here are reverted.', ...lines, job, ''].join('\n');
}

/** crontab(5) takes one pair of quotes off, and blanks at the end, and knows no escapes. */
function envLine(name: string, value: string, id: string): string {
  assertName(name, /^[A-Za-z_][A-Za-z0-9_]*$/, id);
  assertName(value, /^([^\u0000-\u0008\u000a-\u001f\u007f]*[^\s\u0000-\u001f\u007f])?$/, id);
  const quote = ['"', "'"].find((char) => !value.includes(char));
  assertName(value, quote === undefined ? /^[^'"\s](.*\S)?$/ : /^/, id);
  return quote === undefined ? `${name}=${value}` : `${name}=${quote}${value}${quote}`;
}
