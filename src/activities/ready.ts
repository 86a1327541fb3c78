import { readFileSync } from 'node:fs';
import { runnerPath } from '../bundle/index.js';
import { type FailureCode, type FailureInfo, type InstanceInfo, MillwrightError } from '../model/index.js';
import { type Attempt, attempt, pause } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { putDocument } from './documents.js';
import { captureConsole } from './evidence.js';
import { presentInstance, sshTarget, targetOf } from './machine.js';
import { asEvidence, type GuestReport, guestSignals, headOf, parseReport, type Signal } from './signals.js';
import type { LookActivities, ReadyResult } from './types.js';
import { evidenceDomain } from './verify.js';

type Task = Parameters<LookActivities['awaitReady']>[0];

const script = readFileSync(new URL('./ready.sh', import.meta.url), 'utf8');
const pauseMs = 500;
/** A signal that disagrees this often in a row won't come right by itself. */
const patience = 3;

/** Distrusts green: gathers every signal until all agree. Another host key than ours ends it at once. */
export const awaitReady = (deps: SiteDeps) => (task: Task) =>
  attempt(async (one): Promise<ReadyResult> => {
    const deadline = Date.now() + task.withinMs;
    const rounds: Round[] = [];
    for (;;) {
      const round = await observe(deps, task, one, deadline);
      rounds.splice(0, rounds.length - patience + 1);
      rounds.push(round);
      if (round.signals.every((signal) => signal.state === 'ok')) return proven(deps, round);
      if (isHopeless(rounds) || Date.now() >= deadline) throw await unproven(deps, task, round);
      one.say({ step: round.signals.find((signal) => signal.state !== 'ok')?.source ?? 'ready' });
      await pause(pauseMs, one.signal);
    }
  });

interface Round {
  readonly signals: readonly Signal[];
  readonly report?: GuestReport;
  /** Why the machine was not reached, or who answered in its place. */
  readonly failure?: FailureInfo;
  readonly at: string;
}

async function observe(deps: SiteDeps, task: Task, { signal }: Attempt, deadline: number): Promise<Round> {
  const at = new Date().toISOString();
  const info = await presentInstance(deps, await targetOf(deps, task), task.instance);
  const provider = powerSignal(info);
  // One that powers itself off while it boots: its console says why.
  if (info.power === 'off') return { at, signals: [provider] };
  try {
    const { banner, report } = await ask(deps, task, info, signal, deadline);
    const ssh: Signal = { source: 'ssh banner', state: 'ok', value: banner };
    const guest = guestSignals(report, Date.now() / 1000);
    return { at, report, signals: [provider, ssh, ...(info.connection ? guest.map(asFound) : guest)] };
  } catch (error) {
    if (!(error instanceof MillwrightError) || signal.aborted) throw error;
    const another = error.info.code === 'MW-SSH-HOSTKEY';
    const ssh: Signal = { source: 'ssh', state: another ? 'wrong' : 'waiting', value: error.info.message };
    return { at, failure: error.info, signals: [provider, ssh] };
  }
}

/** A machine that lived before we came may have a failed unit, or a cloud-init of long ago: told, no reason to wait. */
const asFound = (signal: Signal): Signal =>
  ['systemd', 'cloud-init', 'kernel'].includes(signal.source) ? { ...signal, state: 'ok' } : signal;

const powerOf = { on: 'ok', off: 'wrong', unknown: 'waiting' } as const;
const powerSignal = ({ power }: InstanceInfo): Signal => ({
  source: 'provider',
  state: powerOf[power],
  value: `power ${power}`,
});

/** One login and one round trip for all that the guest knows of itself. */
async function ask(deps: SiteDeps, task: Task, info: InstanceInfo, signal: AbortSignal, deadline: number) {
  const target = await sshTarget(deps, info);
  const left = Math.max(1_000, Math.min(deadline - Date.now(), 30_000));
  // Behind a jump host nobody answers but through it; a login that fails says so as well.
  const direct = (target.via?.length ?? 0) === 0;
  if (direct && (await deps.waitForBanner(target, left, signal)) === undefined) throw silent(target);
  return deps.ssh.withSession(target, async (session) => {
    const argv = ['sh', '-s', runnerPath(task.runner)];
    const { stdout } = await session.exec(argv, { stdin: script, signal, idleMs: 60_000 });
    return { banner: session.banner, report: parseReport(stdout) };
  });
}

const silent = ({ host, port }: { readonly host: string; readonly port: number }): MillwrightError =>
  new MillwrightError(
    { code: 'MW-SSH-TIMEOUT', cause: 'unreachable', message: `no SSH banner from ${host}:${port}` },
    true,
  );

/** `rounds`: the last ones. */
function isHopeless(rounds: readonly Round[]): boolean {
  if (rounds.at(-1)?.failure?.code === 'MW-SSH-HOSTKEY') return true;
  return (
    rounds.length === patience &&
    rounds.every((round) => round.signals.some(({ state }) => state === 'wrong'))
  );
}

async function proven(deps: SiteDeps, { signals, report = {}, at }: Round): Promise<ReadyResult> {
  const evidence = signals.map((signal) => asEvidence(signal, at));
  return {
    bootId: report.boot ?? '',
    signals: evidence,
    evidence: await putDocument(deps.store, evidenceDomain, evidence),
    head: headOf(report),
  };
}

/** Keeps every signal and the console: whoever looks at it has all that we had. */
async function unproven(deps: SiteDeps, task: Task, round: Round): Promise<MillwrightError> {
  const console = await captureConsole(deps, task.instance);
  const signals = round.signals.map((signal) => asEvidence(signal, round.at));
  const evidence = await putDocument(deps.store, evidenceDomain, { signals, console });
  const disagreeing = round.signals.filter(({ state }) => state !== 'ok');
  const [first] = disagreeing;
  const { code, cause } = kindOf(round);
  return new MillwrightError(
    {
      code,
      cause,
      message: round.failure?.message ?? `unproven: ${first?.source} ${first?.value}`,
      detail:
        round.failure?.detail ??
        round.signals.map(({ source, state, value }) => `${source}  ${state}: ${value}`),
      remedy: round.failure?.remedy ?? `millwright logs ${task.machine} shows its console`,
      evidence,
    },
    false,
  );
}

/** Another host key and a silent machine have codes of their own; all else is a machine that answers and disagrees. */
function kindOf({ failure }: Round): { readonly code: FailureCode; readonly cause: FailureInfo['cause'] } {
  if (failure?.code === 'MW-SSH-HOSTKEY') return { code: 'MW-READY-HOSTKEY', cause: 'machine' };
  if (failure !== undefined) return { code: 'MW-READY-SILENT', cause: failure.cause };
  return { code: 'MW-READY-UNPROVEN', cause: 'machine' };
}
