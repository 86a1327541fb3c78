import type { Decision } from '../../model/index.js';
import type { GateProgress, RolloutProgress } from '../../workflows/types.js';
import { usageError } from '../errors.js';

/** What is voted on. `progress`: undefined where a window keeps the run, and nobody was asked. */
export interface Wanted {
  readonly gate: string;
  readonly decision: Decision;
  readonly progress?: GateProgress;
}

const windowGate = 'window';

/** The gate that was named, or the only one that is open; whether it may be answered the run decides. */
export function wantedGate(
  { gates = [] }: Pick<RolloutProgress, 'gates'>,
  named: string | undefined,
  verb: 'approve' | 'reject',
  override: boolean,
): Wanted {
  if (override && ((named ?? windowGate) !== windowGate || verb === 'reject'))
    throw usageError(
      `--override lets a run go on outside its window; it ${verb === 'reject' ? 'rejects nothing' : `answers no gate ${named}`}.`,
      'Type it without a gate: millwright approve RUN --override --reason TEXT',
    );
  const open = gates.filter(({ state }) => state === 'open');
  const gate = override ? windowGate : (named ?? onlyOne(open, verb));
  const progress = gates.find(({ id }) => id === gate);
  const decision = override || (gate === windowGate && verb === 'approve') ? 'override' : verb;
  return { gate, decision, ...(progress && { progress }) };
}

function onlyOne(open: readonly GateProgress[], verb: string): string {
  const [first, second] = open;
  if (first && !second) return first.id;
  throw usageError(
    first ? `The run asks at ${open.length} gates.` : 'The run asks for no agreement now.',
    first
      ? `Name one: ${open.map(({ id }) => `millwright ${verb} RUN ${id}`).join(' · ')}`
      : 'millwright status RUN shows what it waits for.',
  );
}
