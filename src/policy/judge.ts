import { canonicalJson, type Digest, type Gate, type Vote, voteNamespace, voteText } from '../model/index.js';
import { agreedGates } from './gates.js';
import { barredFrom } from './people.js';
import { agrees, type Ballot, type Finding, hasForm, no, notExpired } from './rules.js';
import { parseSignature } from './sshsig.js';
import type { Approver } from './types.js';
import { verifySignature } from './verify.js';

/** What control says about one vote, by the policy as it is at that moment. */
export type Verdict =
  | {
      readonly counts: true;
      readonly policy: Digest;
      /** `SHA256:...` of the key that signed it. */
      readonly key: string;
      /** The gate as plan and policy have it now; undefined where they have none of that name. */
      readonly gate?: Gate;
      /** Every approver that the policy knows now. */
      readonly principals: readonly string[];
    }
  | Finding;

/** Looks at everything again; the signature is judged last, by ssh-keygen. */
export async function judge(ballot: Ballot, digest: Digest): Promise<Verdict> {
  const { vote, policy, plan, change } = ballot;
  const form = hasForm(ballot);
  if (form !== undefined) return form;
  const approver = Object.hasOwn(policy.approvers, vote.principal)
    ? policy.approvers[vote.principal]
    : undefined;
  if (approver === undefined)
    return no('MW-VOTE-PRINCIPAL', `the policy knows no approver ${vote.principal}`);
  const gate = agreedGates(plan, policy).find((one) => one.id === vote.gate);
  const barred = barredFrom(policy, change).includes(vote.principal);
  const found = agrees(ballot, gate, barred) ?? notExpired(ballot) ?? (await signed(ballot, approver));
  if (typeof found !== 'string') return found;
  return { counts: true, policy: digest, key: found, gate, principals: Object.keys(policy.approvers) };
}

/** Fingerprint of the key that signed the vote, or why none did. */
async function signed({ vote, change }: Ballot, { keys }: Approver): Promise<string | Finding> {
  const signature = parseSignature(vote.sshsig);
  const wrong = frameMistake(
    vote,
    signature,
    keys.map(({ fingerprint }) => fingerprint),
  );
  if (wrong !== undefined || signature === undefined) return wrong ?? unreadable;
  const text = canonicalJson(voteText(change, vote));
  const verified = await verifySignature({ principal: vote.principal, keys, text, signature: vote.sshsig });
  if (verified.valid) return signature.fingerprint;
  if (verified.unavailable) return no('MW-VOTE-TOOL', `ssh-keygen could not judge it: ${verified.said}`);
  return no(
    'MW-VOTE-SIGNATURE',
    `the signature is not over this vote: another fleet, environment, run, gate, decision, plan, expiry or reason was signed, or it was changed (ssh-keygen: ${verified.said})`,
  );
}

const unreadable = no('MW-VOTE-SHAPE', 'sshsig is no armoured SSH signature');

function frameMistake(
  { principal }: Vote,
  signature: ReturnType<typeof parseSignature>,
  known: readonly string[],
): Finding | undefined {
  if (signature === undefined) return unreadable;
  const { namespace, type, fingerprint } = signature;
  if (namespace !== voteNamespace)
    return no('MW-VOTE-SIGNATURE', `it was signed in namespace "${namespace}", not "${voteNamespace}"`);
  if (type.includes('-cert-'))
    return no('MW-VOTE-KEY', `it was signed with a certificate (${type}); the policy knows plain keys only`);
  if (known.includes(fingerprint)) return undefined;
  return no(
    'MW-VOTE-KEY',
    `it was signed with ${fingerprint}, which is no key of ${principal} in the policy`,
  );
}
