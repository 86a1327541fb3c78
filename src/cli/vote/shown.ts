import {
  actions,
  type Change,
  canonicalJson,
  type Plan,
  type VoteText,
  voteNamespace,
} from '../../model/index.js';
import { nameList, oneLine } from '../../report/index.js';
import type { GateProgress } from '../../workflows/types.js';

export interface Shown {
  readonly change: Change;
  readonly plan: Plan;
  /** Undefined: nobody knows of it. */
  readonly gate?: GateProgress;
  readonly text: VoteText;
  readonly principal: string;
  /** File, or the public key in the agent. */
  readonly key: string;
}

/** What somebody is about to sign, for people; the last line is it, byte for byte. */
export function shownVote({ change, plan, gate, text, principal, key }: Shown): string {
  const rows: readonly (readonly [string, string])[] = [
    [
      'run',
      `${change.verb} of ${change.fleet}/${change.environment} by ${change.startedBy}, ${change.startedAt}`,
    ],
    ['gate', gateText(text.gate, gate)],
    ['plan', text.plan],
    ['commit', commitText(change)],
    ['machines', machinesText(plan)],
    ['decision', `${text.decision}, valid until ${text.expires}`],
    ...(text.reason === undefined ? [] : [['reason', text.reason] as const]),
    ...(text.breakGlass
      ? [['', 'BREAK-GLASS: answers for everybody, and stays in the record'] as const]
      : []),
    ['as', `${principal} with ${key}`],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(10)}${oneLine(value, 2000)}`);
  const signed = `Signed is exactly this, in namespace ${voteNamespace}:`;
  return [...lines, signed, canonicalJson(text)].join('\n');
}

function gateText(id: string, gate: GateProgress | undefined): string {
  if (gate === undefined) return id;
  const { approvals, from, votes } = gate;
  const given = votes.map(({ by, decision }) => `${by} ${decision}`).join(', ');
  const asked = `${approvals} of ${from.length > 0 ? from.join(', ') : 'all approvers'}`;
  return `${id}: ${asked}; so far ${given || 'nobody'}`;
}

function commitText({ commit, commitSubject, author }: Change): string {
  if (commit === undefined) return 'none: what it was made of is in no commit';
  const who = author === undefined ? 'author unknown' : `${author.name} <${author.email}>`;
  const proved = author?.verified ? 'signed' : 'nothing proves the author';
  return `${commit.slice(0, 10)}${commitSubject ? ` "${commitSubject}"` : ''} by ${who}, ${proved}`;
}

function machinesText({ groups, removed }: Plan): string {
  const machines = [...groups.flatMap((group) => group.machines), ...removed];
  const named = actions.map((action) => {
    const names = machines.filter((one) => one.action === action).map((one) => one.machine);
    return action === 'nothing'
      ? names.length > 0 && `nothing to do on ${names.length}`
      : names.length > 0 && `${action} ${nameList(names)}`;
  });
  return named.filter(Boolean).reverse().join('; ') || 'none';
}
