import type { Decision, VoteText } from '../../model/index.js';
import { oneLine } from '../../report/index.js';

/** What `approve` and `reject` print: what the run has counted. */
export interface CastDocument {
  readonly schema: 'millwright/vote/v1';
  readonly fleet: string;
  readonly environment: string;
  /** ULID of the change. */
  readonly change: string;
  readonly plan: string;
  readonly gate: string;
  readonly decision: Decision;
  readonly by: string;
  readonly how: 'signed' | 'break-glass' | 'unsigned' | 'external';
  /** What was signed; null: nothing was. */
  readonly text: VoteText | null;
  readonly sshsig: string | null;
  /** Approvals that the gate still needs. */
  readonly missing: number;
}

export function castText({ gate, decision, by, how, missing }: CastDocument): string {
  const what = `${oneLine(by)} ${passive[decision]} ${gate}${how === 'signed' ? '' : ` (${how})`}`;
  if (decision === 'reject') return `Counted: ${what}. The run ends without it.`;
  if (missing === 0) return `Counted: ${what}. Nothing more is asked for there.`;
  return `Counted: ${what}. ${missing} more ${missing === 1 ? 'approval is' : 'approvals are'} missing.`;
}

const passive: Readonly<Record<Decision, string>> = {
  approve: 'approved',
  reject: 'rejected',
  override: 'overrode',
};
