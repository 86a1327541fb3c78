import type { SiteOutcome, TaskResult } from '../port.js';
import type { PlayEvent, TaskEvent } from './events.js';

/** How `ansible-playbook` ended, and all that it said. */
export interface Played {
  readonly exit: number | null;
  readonly timedOut: boolean;
  readonly events: readonly PlayEvent[];
  /** Lines that are no events: complaints of Ansible itself. */
  readonly stray: readonly string[];
  readonly check: boolean;
}

const kept = 40;

/** What a playbook came to, in words that name the task and its place. */
export function outcomeOf(played: Played): SiteOutcome {
  const tasks = played.events.filter((one) => one.millwright === 'task');
  const results = tasks.map(resultOf);
  const bad = tasks.findLast(({ state }) => state === 'failed' || state === 'unreachable');
  if (played.timedOut) return { ...failed('did not end in time'), output: lastLines(played), tasks: results };
  if (played.exit === 0) return { ...good(played, tasks), tasks: results };
  return { ...(bad ? taskFailed(bad) : broken(played)), tasks: results };
}

const resultOf = ({ state, task, at, message }: TaskEvent): TaskResult => ({
  name: task,
  at,
  state: state === 'unreachable' ? 'failed' : state === 'ignored' ? 'ok' : state,
  reason: state === 'ignored' ? `failed, which is ignored: ${message}` : message,
});

type Verdict = Omit<SiteOutcome, 'tasks'>;

const failed = (reason: string): Verdict => ({ state: 'failed', code: 'MW-CHANGE-PLAYBOOK', reason });

function good(played: Played, tasks: readonly TaskEvent[]): Verdict {
  const { events, check } = played;
  const played1 = events.some((one) => one.millwright === 'play');
  const nobody = events.filter((one) => one.millwright === 'nobody').length;
  if (!played1 || (nobody > 0 && tasks.length === 0))
    return failed('no play is for this machine: hosts must be all, its name or its group');
  const changed = tasks.filter(({ state }) => state === 'changed');
  if (changed.length === 0) return { state: 'ok', reason: `${count(tasks.length)}, none changed anything` };
  const would = check ? 'would change' : 'changed';
  const names = changed.slice(0, 3).map(({ task, at }) => `${task} (${at})`);
  const rest = changed.length > names.length ? ` and ${changed.length - names.length} more` : '';
  return {
    state: 'changed',
    reason: `${changed.length} of ${count(tasks.length)} ${would} something: ${names.join(', ')}${rest}`,
    ...(check ? diffOf(events) : {}),
  };
}

const count = (tasks: number): string => `${tasks} ${tasks === 1 ? 'task' : 'tasks'}`;

function diffOf(events: readonly PlayEvent[]): { output?: string } {
  const diffs = events.flatMap((one) => (one.millwright === 'diff' ? [one.diff.trimEnd()] : []));
  return diffs.length === 0 ? {} : { output: diffs.join('\n').slice(0, 64 * 1024) };
}

function taskFailed({ state, task, at, message, rc, output }: TaskEvent): Verdict {
  const said = message === '' ? '' : `: ${message}`;
  return {
    state: 'failed',
    code: state === 'unreachable' ? 'MW-ANSIBLE-UNREACHABLE' : 'MW-CHANGE-PLAYBOOK',
    reason: `task "${task}" at ${at} ${state === 'unreachable' ? 'found the machine unreachable' : 'failed'}${said}`,
    ...(rc === null ? {} : { exit: rc }),
    ...(output === '' ? {} : { output }),
  };
}

/** It never came to a task: a playbook that can't be read, a role that isn't there. */
function broken(played: Played): Verdict {
  const line = played.stray.find((one) => /^(\[?ERROR|fatal)/i.test(one.trim()));
  const why = line?.trim().replace(/^\[?ERROR\]?[:!]?\s*/i, '') ?? 'without saying why';
  const how = played.exit === null ? 'was ended by a signal' : `exited ${played.exit}`;
  return { ...failed(`ansible-playbook ${how}: ${why}`), output: lastLines(played) };
}

const lastLines = ({ stray }: Played): string => stray.slice(-kept).join('\n');
