import type { MachineOutcome, Outcome } from '../model/index.js';
import { atMost, classesOf, type MachineClass } from './classes.js';
import { type FailureContext, failureBlock, stateText } from './failure.js';
import { alikeLines, signatureLines } from './kinds.js';
import { nextAfter, type Typed } from './next.js';
import type { Paint } from './paint.js';
import { seeAlso } from './question.js';
import { machineRanges } from './ranges.js';
import type { RunDocument, RunMachine } from './runDocuments.js';
import { type Signature, signaturesOf } from './signatures.js';
import { columns, count, duration } from './text.js';
import { othersText, outcomeText, outcomeWords, wordOf } from './words.js';

/** As many machines as that have a line each. */
export const SINGLY = 20;
const CLASSES = 16;
/** Kinds of failures told in full where machines are many. */
const TOLD = 1;

/** A line per machine or, of many, per class of machines that fared alike, failures first. */
export function machineTable(machines: readonly RunMachine[], paint: Paint): string[] {
  if (machines.length <= SINGLY) return columns(machines.map((one) => machineRow(one, paint)));
  const classes = classesOf(machines, ({ group, outcome, detail }) => ({
    rank: ranks[outcome] ?? 1,
    kind: `${group} ${outcome}`,
    text: [outcomeText(detail), detail.counts ? stateText(detail.counts) : ''].filter(Boolean).join(', '),
  }));
  return atMost(
    columns(classes.map((one) => classRow(one, paint))),
    CLASSES,
    (line) => [line],
    (left) => `  … ${count(left.length, 'class', 'classes')} more; -o json names every machine`,
  );
}

const classRow = ({ machines, text, first }: MachineClass<RunMachine>, paint: Paint): string[] => [
  `${sign(first.outcome, paint)} ${machineRanges(machines, 40)}`,
  text,
  count(machines.length, 'machine'),
];

const ranks: Readonly<Partial<Record<Outcome, number>>> = {
  ...{ 'rollback-failed': 0, failed: 0, unknown: 0, 'rolled-back-verified': 1, cancelled: 1, stopped: 1 },
  ...{ owed: 2, running: 3, applied: 4, destroyed: 4, aligned: 5, skipped: 6 },
};

function machineRow(one: RunMachine, paint: Paint): string[] {
  return [
    `${sign(one.outcome, paint)} ${one.machine}`,
    outcomeText(one.detail),
    one.detail.counts ? stateText(one.detail.counts) : '',
    tookText(one.detail),
  ];
}

function sign(outcome: Outcome, paint: Paint): string {
  if (outcome === 'failed' || outcome === 'unknown' || outcome === 'rollback-failed') return paint.red('✖');
  if (outcome === 'rolled-back-verified') return paint.yellow('↶');
  if (outcome === 'owed' || outcome === 'cancelled' || outcome === 'stopped') return paint.yellow('?');
  if (outcome === 'skipped') return '◌';
  return outcome === 'aligned' ? '=' : paint.green('✔');
}

/** Empty: it was never begun. */
export function tookText(outcome: MachineOutcome): string {
  const ms = tookMs(outcome);
  return ms === undefined ? '' : duration(ms);
}

/** From the first phase's start to the last one's end. */
export function tookMs(outcome: MachineOutcome): number | undefined {
  const starts = outcome.phases.flatMap((phase) => (phase.startedAt ? [Date.parse(phase.startedAt)] : []));
  const ends = outcome.phases.flatMap((phase) => (phase.endedAt ? [Date.parse(phase.endedAt)] : []));
  if (starts.length === 0 || ends.length === 0) return undefined;
  return Math.max(...ends) - Math.min(...starts);
}

/** Failures in full, those alike once. One that is asked about is told by its question. Why one was rolled back is told, too. */
export function failureBlocks(run: RunDocument, typed: Typed, paint: Paint): string[] {
  const asked = new Set(run.questions.map((one) => one.machine));
  const signatures = signaturesOf(
    run.machines.flatMap((one) => (asked.has(one.machine) ? [] : [one.detail])),
  );
  const told = run.machines.length <= SINGLY ? signatures.length : TOLD;
  const blocks = signatures.slice(0, told).flatMap((one) => ['', ...block(run, one, typed, paint)]);
  return [...blocks, ...signatureLines(signatures.slice(told), paint)];
}

function block(run: RunDocument, { first, machines }: Signature, typed: Typed, paint: Paint): string[] {
  const one = run.machines.find(({ machine }) => machine === first.machine);
  if (one === undefined) return [];
  return [
    ...failureBlock(one.detail, failureContext(run, one, typed), paint),
    ...alikeLines(machines.slice(1)),
  ];
}

function failureContext(run: RunDocument, one: RunMachine, typed: Typed): FailureContext {
  const { failure } = one.detail;
  const others = run.machines.filter((other) => other !== one).map((other) => other.detail);
  const begun = others.filter((other) => wordOf(other) !== outcomeWords.skipped);
  const left = others.filter((other) => wordOf(other) === outcomeWords.skipped);
  return {
    others: othersText({ machines: begun, notStarted: left.map((other) => other.machine) }),
    debts: one.debts,
    origin: one.origin,
    next: failure ? nextAfter({ ...one, failure }, typed) : [],
    see: seeAlso(one.machine, failure?.step, typed.flag),
  };
}
