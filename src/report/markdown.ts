import { voteText } from './gates.js';
import { openGates } from './held.js';
import { endings } from './run.js';
import type { RunDocument, RunMachine } from './runDocuments.js';
import { type Signature, signaturesOf } from './signatures.js';
import { count, duration, groupedBy } from './text.js';
import { visible } from './visible.js';
import { nameList, outcomeText, wordOf } from './words.js';

/** Kinds of failures told in full: a page of a pull request is no place for more. */
const told = 20;

/** A run as a page for a pull request or a job's summary: what is wrong first, then machines that fared alike in one row. */
export function renderMarkdown(run: RunDocument): string {
  const kinds = signaturesOf(run.machines.map((one) => one.detail));
  const lines = [
    `## ${run.fleet}/${run.environment} ${run.run === null ? run.change : `run ${run.run}`}: ${run.outcome === null ? 'goes on' : (endings[run.outcome] ?? run.outcome)}`,
    '',
    ...(run.failure ? [`**${run.failure.code}** ${inline(run.failure.message)}`, ''] : []),
    ...gates(run),
    ...questions(run),
    ...kinds.slice(0, told).flatMap(failure),
    ...(kinds.length > told ? [`and ${count(kinds.length - told, 'kind')} of failure more.`, ''] : []),
    ...table(run),
    '',
    facts(run),
    '',
  ];
  return visible(lines.join('\n'));
}

/** Open gates with what answers them, and votes that were given. */
function gates({ gates: all, votes, run, change, paused, window }: RunDocument): string[] {
  const open = openGates(all).map(
    ({ gate, approvals }) =>
      `- gate **${gate}** waits for ${count(approvals, 'approval')}: \`millwright approve ${run ?? change} ${gate}\``,
  );
  const held = [
    ...(paused ? [`- paused by ${inline(paused.by)}: \`millwright resume ${run ?? change}\``] : []),
    ...(window && !window.open ? [`- its window is closed: ${inline(window.why)}`] : []),
  ];
  const given = votes.map((one) => `- ${one.gate} ${inline(voteText(one))}`);
  const lines = [...open, ...held, ...given];
  return lines.length === 0 ? [] : [...lines, ''];
}

function questions({ questions: all, run, change }: RunDocument): string[] {
  if (all.length === 0) return [];
  const shown = all
    .slice(0, told)
    .map(
      ({ machine, answers }) =>
        `- **${machine}** waits for one of ${answers.map((one) => `\`millwright ${one} ${run ?? change}${one === 'stop' ? '' : ` ${machine}`}\``).join(', ')}`,
    );
  const left = all.length - shown.length;
  return [...shown, ...(left > 0 ? [`- and ${count(left, 'machine')} more`] : []), ''];
}

/** Failures alike once, with all machines that share them. */
function failure({ first, machines }: Signature): string[] {
  const { code, message, detail: said = [], remedy } = first.failure ?? { code: '', message: '' };
  const others = machines.slice(1);
  return [
    `### ${first.machine}: ${outcomeText(first)}`,
    '',
    ...fenced([`${code}  ${message}`, ...said]),
    ...(others.length === 0
      ? []
      : ['', `The same on ${count(others.length, 'machine')} more: ${nameList(others)}`]),
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
