import {
  ago,
  atMost,
  classesOf,
  count,
  indent,
  machineRanges,
  normalised,
  type Paint,
} from '../../report/index.js';
import type { Reason, WhyDocument } from './types.js';

/** What is waited for, since when, who can release it, what happens next, what to type. */
export function whyText(document: WhyDocument, paint: Paint): string {
  const { fleet, environment, run, notes } = document;
  const head = `${paint.bold(`${fleet}/${environment}`)}   ${run === null ? noRun(document) : runText(run)}`;
  return [
    head,
    ...blocks(document, paint),
    ...(notes.length === 0 ? [] : ['', ...notes.map(paint.dim)]),
  ].join('\n');
}

function runText({ run, change, verb, startedBy, outcome }: NonNullable<WhyDocument['run']>): string {
  return `${verb} ${run === null ? change : `run ${run}`} by ${startedBy} ${outcome === null ? 'goes on' : `has ended: ${outcome}`}`;
}

const noRun = ({ engine }: WhyDocument): string =>
  engine === null ? 'whether a run is active is not known' : 'no run is active';

/** More kinds of reasons than that are counted: a page is what somebody reads. */
const BLOCKS = 8;

/** Machines that wait for the same are told once; what is well comes last. */
function blocks(document: WhyDocument, paint: Paint): string[] {
  const all = document.reasons.map((one, n) => ({ reason: one, machine: one.machine ?? '', n }));
  const classes = classesOf(all, ({ reason: one, n }) => ({
    rank: one.kind === 'well' ? 1 : 0,
    kind:
      one.machine === null
        ? `alone ${n}`
        : JSON.stringify([one.kind, one.group, normalised(one.next, one.machine)]),
    text: one.waitsFor,
  }));
  return atMost(
    classes,
    BLOCKS,
    ({ first, machines, text }) => [
      '',
      ...block({ ...first.reason, waitsFor: text }, machines, document, paint),
    ],
    (left) => `\n… ${count(left.length, 'reason')} more, of ${machinesIn(left)}; -o json has all`,
  );
}

const machinesIn = (left: readonly { readonly machines: readonly string[] }[]): string =>
  count(
    left.reduce((sum, one) => sum + one.machines.length, 0),
    'machine',
  );

function block(one: Reason, machines: readonly string[], { at, run }: WhyDocument, paint: Paint): string[] {
  const many = machines.length > 1;
  const alone = one.machine ?? one.group ?? (run === null ? 'everything' : 'the run');
  const subject = many ? machineRanges(machines) : alone;
  const since = one.since === null ? '' : sinceText(one.since, at, many);
  const mark = one.kind === 'well' ? paint.green('✔') : paint.yellow('◌');
  const commands = one.commands.map(({ command, does }) => ({
    does,
    command: ofAll(command, one, machines),
  }));
  const width = Math.max(0, ...commands.map(({ command }) => command.length));
  const number = many ? `  (${count(machines.length, 'machine')})` : '';
  return [
    `${mark} ${paint.bold(subject)}${number}  waits for ${one.waitsFor}${paint.dim(since)}`,
    ...indent([...one.detail], 8),
    ...(one.release === null ? [] : [`    Who      ${one.release}`]),
    `    Next     ${one.next}`,
    ...commands.map(
      ({ command, does }, n) => `    ${n === 0 ? 'Type   ' : '       '}  ${command.padEnd(width)}   ${does}`,
    ),
  ];
}

const sinceText = (since: string, at: string, many: boolean): string =>
  `   since ${since.slice(0, 19)}Z, ${ago(Date.parse(at) - Date.parse(since))}${many ? ', one of them' : ''}`;

/** A command that names one of several machines, for all of them, as far as their names fit. */
function ofAll(command: string, { machine }: Reason, machines: readonly string[]): string {
  const all = machineRanges(machines, 40);
  if (machine === null || machines.length < 2 || /[ ]/.test(all)) return command;
  return command
    .split(' ')
    .map((word) => (word === machine ? `'${all}'` : word))
    .join(' ');
}
