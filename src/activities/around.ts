import type { AroundStep, FailureInfo, InstanceInfo } from '../model/index.js';
import type { ExecResult } from '../ssh/port.js';
import { readTarget } from '../store/documents.js';
import { attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { isOff, misrouted, presentOther, withMachine } from './machine.js';
import type { AroundResult, AroundTask, PushActivities } from './types.js';

/** What is kept of a command's output to say why it failed, lines. */
const told = 10;

/** Runs one step of a machine's `around` at the machine that it names, as root. Its exit status is a result, whatever it is. */
export const around =
  (deps: SiteDeps): PushActivities['around'] =>
  (task) =>
    attempt(async ({ signal }): Promise<AroundResult> => {
      const target = await readTarget(deps.store, task.target);
      const step = target.around?.[task.step];
      if (step === undefined) throw misrouted(`${target.ref.machine} has no step ${task.step}`);
      if (step.site !== deps.site)
        throw misrouted(`this worker is of site ${deps.site}, ${step.at} of ${step.site}`);
      const at = await presentOther(deps, target, step.at);
      if (at.power === 'off') throw isOff({ machine: step.at });
      const env = [`MACHINE=${target.ref.machine}`, `ADDRESS=${addressFor(at, task)}`];
      const result = await run(deps, at, step, env, signal);
      const text = [result.stdout, result.stderr].filter((one) => one !== '').join('\n');
      return { evidence: await deps.store.put(text), failure: failureOf(task, step, result) };
    });

interface Ran extends Pick<ExecResult, 'stdout' | 'stderr'> {
  /** How it did not end well; undefined: it did. */
  readonly wrong?: string;
}

async function run(
  deps: SiteDeps,
  at: InstanceInfo,
  { run: command, timeoutMs }: AroundStep,
  env: readonly string[],
  signal: AbortSignal,
): Promise<Ran> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const { code, stdout, stderr } = await withMachine(
      deps,
      at,
      (session) => session.exec(['env', ...env, 'sh', '-c', command], { signal: limit }),
      { signal },
    );
    return { stdout, stderr, ...(code === 0 ? {} : { wrong: `ended with ${code ?? 'a signal'}` }) };
  } catch (error) {
    if (signal.aborted || !limit.aborted) throw error;
    return { stdout: '', stderr: '', wrong: `did not end within ${timeoutMs} ms` };
  }
}

/** The machine's address on a network that both are on, else its first one; empty where it has none. */
const addressFor = (at: InstanceInfo, { addresses }: AroundTask): string => {
  const shared = Object.entries(addresses).find(([network]) => at.addresses[network] !== undefined);
  return shared?.[1] ?? Object.values(addresses)[0] ?? '';
};

function failureOf(
  { step, machine }: AroundTask,
  { at }: AroundStep,
  { wrong, stdout, stderr }: Ran,
): FailureInfo | undefined {
  if (wrong === undefined) return undefined;
  const said = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  const message = `${step} of ${machine} at ${at} ${wrong}`;
  const code = step === 'drain' ? 'MW-AROUND-DRAIN' : 'MW-AROUND-RESTORE';
  return { code, cause: 'machine', message, detail: said.slice(-told) };
}
