import type { RunDocument, RunMachine } from './runDocuments.js';
import { count, duration, groupedBy } from './text.js';
import { nameList, outcomeText, wordOf } from './words.js';

/** Failures told in full: a page of a pull request is no place for more. */
const told = 20;

/** A run as a page for a pull request or a job's summary: what is wrong first, then machines that fared alike in one row. */
export function renderMarkdown(run: RunDocument): string {
  const failed = run.machines.filter((one) => one.detail.failure !== undefined);
  return [
    `## ${run.fleet}/${run.environment} ${run.run === null ? run.change : `run ${run.run}`}: ${run.outcome ?? 'goes on'}`,
    '',
    ...(run.failure ? [`**${run.failure.code}** ${inline(run.failure.message)}`, ''] : []),
    ...questions(run),
    ...failed.slice(0, told).flatMap(failure),
    ...(failed.length > told ? [`and ${count(failed.length - told, 'failure')} more.`, ''] : []),
    ...table(run),
    '',
    facts(run),
    '',
  ].join('\n');
}

function questions({ questions, run, change }: RunDocument): string[] {
  if (questions.length === 0) return [];
  const lines = questions.map(
    ({ machine, answers }) =>
      `- **${machine}** waits for one of ${answers.map((one) => `\`millwright ${one} ${run ?? change}${one === 'stop' ? '' : ` ${machine}`}\``).join(', ')}`,
  );
  return [...lines, ''];
}

function failure({ machine, detail }: RunMachine): string[] {
  const { code, message, detail: said = [], remedy } = detail.failure ?? { code: '', message: '' };
  return [
    `### ${machine}: ${outcomeText(detail)}`,
    '',
    ...fenced([`${code}  ${message}`, ...said]),
    ...(remedy === undefined ? [] : ['', inline(remedy)]),
    '',
  ];
}

function table({ machines, notStarted }: RunDocument): string[] {
  const classes = groupedBy(machines, (one) => `${wordOf(one.detail)}, ${resources(one)}`);
  const rows = classes.map(([words, some]) =>
    row(
      words,
      some.map((one) => one.machine),
    ),
  );
  const left = notStarted.length === 0 ? [] : [row('not started', notStarted)];
  return ['| | machines | |', '|---|---|---|', ...rows, ...left];
}

const row = (words: string, names: readonly string[]): string =>
  `| ${words} | ${names.length} | ${nameList(names)} |`;

function resources({ detail: { counts } }: RunMachine): string {
  return counts === undefined ? 'no resources' : `${counts.changed} changed, ${counts.ok} ok`;
}

function facts(run: RunDocument): string {
  const took = run.durationMs === null ? [] : [`took ${duration(run.durationMs)}`];
  const commit = run.commit === null ? [] : [`commit \`${run.commit.slice(0, 12)}\``];
  const link = run.temporalUrl === null ? [] : [`[Temporal](${run.temporalUrl})`];
  const by = `${run.verb} by ${inline(run.startedBy)} at ${run.startedAt}`;
  return [by, ...took, ...commit, `plan \`${run.plan.slice(0, 8)}\``, ...link].join(' · ');
}

/** A fence longer than any in the text: what machines said can't end it. */
function fenced(lines: readonly string[]): string[] {
  const longest = Math.max(2, ...(lines.join('\n').match(/`+/g) ?? []).map((one) => one.length));
  const fence = '`'.repeat(longest + 1);
  return [fence, ...lines, fence];
}

/** Text of people and programs stays text. */
const inline = (text: string): string => text.replace(/[\\`*_{}[\]<>|#]/g, '\\$&').replace(/\s+/g, ' ');
