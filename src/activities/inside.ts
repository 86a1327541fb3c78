import { journalToReceipts, type SlotValue } from '../bundle/index.js';
import {
  type Evidence,
  type InstanceInfo,
  MillwrightError,
  runId,
  type Target,
  type VerifyCheck,
} from '../model/index.js';
import { pause } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { presentOther, withMachine } from './machine.js';
import { ensureAccepted } from './refusals.js';
import { Journal, startAndFollow } from './run.js';
import type { MachineTask } from './types.js';

const pauseMs = 500;

export interface Verifying {
  readonly deps: SiteDeps;
  readonly task: MachineTask;
  readonly target: Target;
  readonly info: InstanceInfo;
  readonly slots: readonly SlotValue[];
  readonly signal: AbortSignal;
}

/** Has the runner of `info` run these checks of the bundle: on the machine itself, or on the one they are made from. */
export async function checkInside(
  run: Verifying,
  on: InstanceInfo,
  checks: readonly VerifyCheck[],
): Promise<Evidence[]> {
  const { deps, task, target, slots, signal } = run;
  const journal = new Journal();
  const answer = await withMachine(deps, on, (session) =>
    startAndFollow(
      session,
      {
        runner: task.runner,
        run: runId(task.changeId, task.machine, 'verify', 1),
        bundle: target.bundle,
        bytes: task.bundleBytes,
        purpose: 'verify',
        expect: null,
        instance: task.instance,
        only: checks.map((check) => check.id),
      },
      journal,
      { store: deps.store, slots, signal, onLine: () => undefined },
    ),
  );
  ensureAccepted(answer, null);
  const receipts = new Map(journalToReceipts(journal.lines).map((one) => [one.step, one]));
  const outputs = new Map(journal.lines.map((line) => [line.step, line.output]));
  return checks.map((check) => {
    const receipt = receipts.get(check.id);
    const value = [receipt?.reason ?? 'did not run', outputs.get(check.id) ?? ''].filter(Boolean).join(': ');
    return { source: check.id, ok: receipt?.state === 'ok', value, at: new Date().toISOString() };
  });
}

/** Checks that are made from another machine of the environment, on that machine's session; answers in their order. */
export async function checkFrom(
  run: Verifying,
  from: string,
  checks: readonly VerifyCheck[],
): Promise<Evidence[]> {
  const other = await presentOther(run.deps, run.target, from);
  const commands = checks.filter((check) => check.type === 'command');
  const said = commands.length === 0 ? [] : await checkInside(run, other, commands);
  return Promise.all(
    checks.map(async (check) =>
      check.type === 'command' ? (said[commands.indexOf(check)] as Evidence) : checkPort(run, other, check),
    ),
  );
}

const portScript = `url=$1 host=$2 port=$3
case $url in
  http*)
    if command -v curl >/dev/null; then curl -sS -o /dev/null -w '%{http_code}' "$url"
    else wget -q -S -O /dev/null "$url" 2>&1 | sed -n 's/^ *HTTP[^ ]* \\([0-9]*\\).*/\\1/p' | tail -n 1; fi ;;
  *)
    if command -v bash >/dev/null; then bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$host" "$port"
    else nc -w 3 "$host" "$port" </dev/null; fi ;;
esac`;

async function checkPort(
  { deps, info, signal, target }: Verifying,
  other: InstanceInfo,
  check: Extract<VerifyCheck, { type: 'tcp' | 'http' }>,
): Promise<Evidence> {
  const address = sharedAddress(info, other) ?? noAddress(target, check);
  const url = check.type === 'http' ? `http://${address}:${check.port}${check.path}` : 'tcp';
  const argv = ['sh', '-c', portScript, 'millwright', url, address, String(check.port)];
  const deadline = Date.now() + check.withinMs;
  for (;;) {
    const result = await withMachine(deps, other, (session) =>
      session.exec(argv, { signal, idleMs: 30_000 }),
    );
    const said = result.stdout.trim();
    const ok = check.type === 'http' ? said === String(check.status) : result.code === 0;
    const value = ok
      ? `${address} answered ${said}`.trim()
      : said || result.stderr.trim() || `exit ${result.code}`;
    if (ok || Date.now() >= deadline) return { source: check.id, ok, value, at: new Date().toISOString() };
    await pause(pauseMs, signal);
  }
}

const sharedAddress = (info: InstanceInfo, other: InstanceInfo): string | undefined =>
  Object.entries(info.addresses).find(([network]) => other.addresses[network] !== undefined)?.[1];

function noAddress(target: Target, check: VerifyCheck): never {
  throw new MillwrightError(
    {
      code: 'MW-VERIFY-ADDRESS',
      cause: 'change',
      message: `${check.id} from ${check.from}: ${target.ref.machine} is on no network of ${check.from}`,
      step: check.id,
      remedy: 'put both groups on one network',
    },
    false,
  );
}
