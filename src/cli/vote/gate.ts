import type { Decision } from '../../model/index.js';
import type { GateProgress, RolloutProgress } from '../../workflows/types.js';
import { refused, usageError } from '../errors.js';

/** What is voted on. */
export interface Wanted {
  readonly gate: string;
  readonly decision: Decision;
  readonly progress: GateProgress;
}

const windowGate = 'window';

/** The gate that was named, or the only one that is open. Nobody signs for one that isn't: MW-VOTE-GATE. */
export function wantedGate(
  { gates = [] }: Pick<RolloutProgress, 'gates'>,
  named: string | undefined,
  verb: 'approve' | 'reject',
  override: boolean,
): Wanted {
  if (override && (named ?? windowGate) !== windowGate)
    throw usageError(
      `--override lets a run go on outside its window; it answers no gate ${named}.`,
      'Type it without a gate: millwright approve RUN --override --reason TEXT',
    );
  const open = gates.filter(({ state }) => state === 'open');
  const gate = override ? windowGate : (named ?? onlyOne(open, verb));
  const progress = open.find(({ id }) => id === gate);
  if (progress === undefined) throw notOpen(gate, gates, open);
  if (gate === windowGate && !override) throw needsOverride(verb);
  return { gate, decision: override ? 'override' : verb, progress };
}

function onlyOne(open: readonly GateProgress[], verb: string): string {
  const asking = open.filter(({ id }) => id !== windowGate);
  const [first = open[0], second] = asking;
  if (first && !second) return first.id;
  throw usageError(
    first ? `The run asks at ${asking.length} gates.` : 'The run asks for no agreement now.',
    first
      ? `Name one: ${asking.map(({ id }) => `millwright ${verb} RUN ${id}`).join(' · ')}`
      : 'millwright status RUN shows what it waits for.',
  );
}

function notOpen(gate: string, gates: readonly GateProgress[], open: readonly GateProgress[]): Error {
  const state = gates.find(({ id }) => id === gate)?.state;
  const others = open.length === 0 ? 'none is open' : `open: ${open.map(({ id }) => id).join(', ')}`;
  return refused(
    'MW-VOTE-GATE',
    gate === windowGate
      ? `The run doesn't wait for its window; ${others}.`
      : `Gate ${gate} is ${state ?? 'not open'}; ${others}. Nothing was signed.`,
    'millwright status RUN shows what it waits for.',
  );
}

const needsOverride = (verb: string): Error =>
  usageError(
    `The run waits for its window: there is nothing to ${verb}.`,
    verb === 'approve'
      ? 'millwright approve RUN --override --reason TEXT lets it go on, where the policy lets you.'
      : 'millwright stop RUN ends it.',
  );
