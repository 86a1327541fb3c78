import {
  ahead,
  approvalsText,
  deadlineText,
  gateCommands,
  mayAnswer,
  pauseText,
  windowCommands,
  windowText,
} from './gates.js';
import type { Next, Typed } from './next.js';
import type { Paint } from './paint.js';
import type { GateDocument, GroupDocument, PauseDocument, WindowDocument } from './runDocuments.js';
import { ago, count } from './text.js';

/** What holds a run back, or may. */
export interface Held {
  readonly gates: readonly GateDocument[];
  readonly paused: PauseDocument | null;
  readonly window: WindowDocument | null;
  readonly groups: readonly GroupDocument[];
}

/** More gates than that are counted. */
const GATES = 3;
/** The same for groups that soak or wait at a gate. */
const GROUPS = 6;

export const openGates = (gates: readonly GateDocument[]): GateDocument[] =>
  gates.filter(({ state }) => state === 'open');

/** All that a run waits for that isn't a machine, each with what to type; empty: nothing holds it. */
export function heldLines(held: Held, typed: Typed, now: number, paint: Paint): string[] {
  const { paused, window, groups } = held;
  return [
    ...(paused ? [`${paint.yellow('‖')} ${pauseText(paused, now)}`, ...typeLines([resume(typed)])] : []),
    ...(window ? windowLines(window, typed, now, paint) : []),
    ...groupLines(groups, typed, now),
    ...gatesLines(openGates(held.gates), typed, now, paint),
  ];
}

const resume = ({ run, flag }: Typed): Next => [`millwright resume ${run}${flag}`, 'goes on'];

const windowLines = (window: WindowDocument, typed: Typed, now: number, paint: Paint): string[] =>
  window.open
    ? window.until === null
      ? []
      : [`  ${windowText(window, now)}`]
    : [`${paint.yellow('‖')} ${windowText(window, now)}`, ...typeLines(windowCommands(typed))];

function groupLines(groups: readonly GroupDocument[], { run, flag }: Typed, now: number): string[] {
  const some = groups.filter(
    ({ state, batches, batch }) => state !== 'waiting' && batch !== null && batches.length > 1,
  );
  const more = some.length > GROUPS ? [`  … ${count(some.length - GROUPS, 'group')} more in batches`] : [];
  const lines = some.slice(0, GROUPS).map((one) => {
    const soaks =
      one.state === 'soaking' && one.soaksUntil !== null
        ? ` · soaks until ${ahead(one.soaksUntil, now)}: skip with millwright promote ${run}${flag}`
        : '';
    return `  ${one.group ?? 'removed machines'}: ${batchText(one)}${soaks}`;
  });
  return [...lines, ...more];
}

/** `batch 2 of 3 · failed 0 of 1 allowed`. */
export function batchText({ batch, batches, failed, maxFailed }: GroupDocument): string {
  const budget = maxFailed === null ? '' : ` · failed ${failed ?? 0} of ${maxFailed} allowed`;
  return `batch ${batch} of ${batches.length}${budget}`;
}

/** Open gates as blocks; those that don't fit are counted. */
export function gatesLines(
  gates: readonly GateDocument[],
  typed: Typed,
  now: number,
  paint: Paint,
): string[] {
  const more = gates.length > GATES ? [`  … ${count(gates.length - GATES, 'open gate')} more`] : [];
  return [...gates.slice(0, GATES).flatMap((one) => gateBlock(one, typed, now, paint)), ...more];
}

/** One open gate: what it lacks, who may answer, what to type. */
function gateBlock(gate: GateDocument, typed: Typed, now: number, paint: Paint): string[] {
  const since = `open since ${gate.since.slice(11, 16)}Z, ${ago(now - Date.parse(gate.since))}`;
  return [
    `${paint.yellow('?')} gate ${paint.bold(gate.gate)}  ${approvalsText(gate)} · ${since} · ${deadlineText(gate, now)}`,
    `    who   ${mayAnswer(gate)}`,
    ...typeLines(gateCommands(gate, typed)),
  ];
}

function typeLines(commands: readonly Next[]): string[] {
  const width = Math.max(0, ...commands.map(([command]) => command.length));
  return commands.map(
    ([command, does], n) => `    ${n === 0 ? 'type' : '    '}  ${command.padEnd(width)}   ${does}`,
  );
}
