import type { Evidence, FailureInfo, VerifyCheck } from '../model/index.js';
import { attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { putDocument } from './documents.js';
import { checkFrom, checkInside, type Verifying } from './inside.js';
import { presentMachine, withMachine } from './machine.js';
import { checkOutside } from './outside.js';
import { slotValues } from './slots.js';
import type { MachineTask, VerifyOutcome } from './types.js';
import { noteVerified } from './verified.js';

export const evidenceDomain = 'millwright.evidence.v1';

/** Runs every check from where it is made, each until it holds or its time is over. */
export const verifyMachine = (deps: SiteDeps) => (task: MachineTask) =>
  attempt(async ({ signal }): Promise<VerifyOutcome> => {
    const { target, info } = await presentMachine(deps, task);
    const slots = await slotValues(deps, target);
    const checks = await runChecks({ deps, task, target, info, slots, signal });
    const evidence = await putDocument(deps.store, evidenceDomain, checks);
    const failure = failureOf(target.verify, checks);
    if (failure === undefined)
      await withMachine(deps, info, (session) => noteVerified(session, task, target.bundle));
    return { checks, evidence, failure: failure && { ...failure, evidence } };
  });

/** One answer per check, in the order in which the user wrote them: two may share an id and differ in `from`. */
export async function runChecks(run: Verifying): Promise<Evidence[]> {
  const { verify } = run.target;
  const places = [...new Set(verify.map((check) => check.from))];
  const at = (from: string): VerifyCheck[] => verify.filter((check) => check.from === from);
  const answers = await Promise.all(places.map((from) => checkAt(run, from, at(from))));
  return verify.map(
    (check) => answers[places.indexOf(check.from)]?.[at(check.from).indexOf(check)] as Evidence,
  );
}

async function checkAt(run: Verifying, from: string, checks: readonly VerifyCheck[]): Promise<Evidence[]> {
  if (from === 'inside') return checkInside(run, run.info, checks);
  if (from !== 'outside') return checkFrom(run, from, checks);
  const { deps, info, signal } = run;
  return Promise.all(
    checks.map(async (check) =>
      check.type === 'command' ? cannot(check) : checkOutside(deps, info, check, signal),
    ),
  );
}

const cannot = (check: VerifyCheck): Evidence => ({
  source: check.id,
  ok: false,
  value: 'a command runs inside or on another machine, not on the site worker',
  at: new Date().toISOString(),
});

/** `evidence` answers `checks` one by one. */
export function failureOf(
  checks: readonly VerifyCheck[],
  evidence: readonly Evidence[],
): FailureInfo | undefined {
  const failed = evidence.flatMap((one, i) => (one.ok ? [] : [{ ...one, check: checks[i] }]));
  const [first] = failed;
  if (first === undefined) return undefined;
  const { source, value, check } = first;
  return {
    code: 'MW-VERIFY-FAILED',
    cause: 'change',
    message: `${source} from ${check?.from} was not true within ${check?.withinMs} ms: ${value}`,
    step: source,
    detail: failed.map((one) => `${one.source} from ${one.check?.from}  ${one.value}`),
  };
}
