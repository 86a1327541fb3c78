import type { ReachedGate } from './gates.js';
import type { GroupRun, GroupsState } from './groupRun.js';

/** Waits where people must agree; gives back why nothing more of the group may start. */
export async function passGate(state: GroupsState, run: GroupRun, id: string): Promise<string | undefined> {
  const before = run.state;
  run.state = 'gated';
  const gate = await state.gates.pass(id);
  run.state = before;
  return gate === undefined || gate.state === 'approved' ? undefined : notAgreed(gate);
}

/** `not started: gate canary:web was rejected by oncall: too slow` */
export function notAgreed({ gate, state, votes }: ReachedGate): string {
  const last = votes.at(-1);
  if (state === 'void' || last === undefined) return `not started: gate ${gate.id} was not answered`;
  if (state === 'timed out') return `not started: ${last.reason}, gate ${gate.id}`;
  return `not started: gate ${gate.id} was rejected by ${last.by}${last.reason ? `: ${last.reason}` : ''}`;
}
