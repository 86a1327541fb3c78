import { ago, indent, type Paint } from '../../report/index.js';
import type { Reason, WhyDocument } from './types.js';

/** What is waited for, since when, who can release it, what happens next, what to type. */
export function whyText(document: WhyDocument, paint: Paint): string {
  const { fleet, environment, run, notes } = document;
  const head = `${paint.bold(`${fleet}/${environment}`)}   ${run === null ? noRun(document) : runText(run)}`;
  return [
    head,
    ...document.reasons.flatMap((one) => ['', ...block(one, document, paint)]),
    ...(notes.length === 0 ? [] : ['', ...notes.map(paint.dim)]),
  ].join('\n');
}

function runText({ run, change, verb, startedBy, outcome }: NonNullable<WhyDocument['run']>): string {
  return `${verb} ${run === null ? change : `run ${run}`} by ${startedBy} ${outcome === null ? 'goes on' : `has ended: ${outcome}`}`;
}

const noRun = ({ engine }: WhyDocument): string =>
  engine === null ? 'whether a run is active is not known' : 'no run is active';

function block(one: Reason, { at, run }: WhyDocument, paint: Paint): string[] {
  const subject = one.machine ?? one.group ?? (run === null ? 'everything' : 'the run');
  const since =
    one.since === null
      ? ''
      : `   since ${one.since.slice(0, 19)}Z, ${ago(Date.parse(at) - Date.parse(one.since))}`;
  const mark = one.kind === 'well' ? paint.green('✔') : paint.yellow('◌');
  const width = Math.max(0, ...one.commands.map(({ command }) => command.length));
  return [
    `${mark} ${paint.bold(subject)}  waits for ${one.waitsFor}${paint.dim(since)}`,
    ...indent([...one.detail], 8),
    ...(one.release === null ? [] : [`    Who      ${one.release}`]),
    `    Next     ${one.next}`,
    ...one.commands.map(
      ({ command, does }, n) => `    ${n === 0 ? 'Type   ' : '       '}  ${command.padEnd(width)}   ${does}`,
    ),
  ];
}
