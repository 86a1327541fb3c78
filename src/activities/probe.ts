import {
  type Evidence,
  type InstanceInfo,
  MillwrightError,
  type Probe,
  type VerifyHttp,
} from '../model/index.js';
import { attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { presentMachine, withMachine } from './machine.js';
import { checkOutside } from './outside.js';
import { isKeptOut } from './reach.js';
import type { LookActivities } from './types.js';

/** Longest that a command may take to answer, ms. */
const answerMs = 30_000;
/** What is kept of its output, characters. */
const kept = 200;

/** Asks one machine once: `http` from the site, a command at the machine as root. One that is off or lets nobody in answers badly. */
export const probe =
  (deps: SiteDeps): LookActivities['probe'] =>
  ({ task, probe }) =>
    attempt(async ({ signal }): Promise<Evidence> => {
      try {
        const { info } = await presentMachine(deps, task);
        return await ask(deps, info, probe, signal);
      } catch (error) {
        if (signal.aborted || !isItsOwn(error)) throw error;
        return answer(probe, false, error.info.message);
      }
    });

/** It is off, gone, or lets nobody in. */
const isItsOwn = (error: unknown): error is MillwrightError =>
  isKeptOut(error) || (error instanceof MillwrightError && error.info.cause === 'machine');

function ask(deps: SiteDeps, info: InstanceInfo, probe: Probe, signal: AbortSignal): Promise<Evidence> {
  if (probe.type === 'command') return askInside(deps, info, probe, signal);
  const { name: id, http: path, port, status } = probe;
  const check: VerifyHttp = { id, type: 'http', from: 'outside', withinMs: 0, path, port, status };
  return checkOutside(deps, info, check, signal);
}

async function askInside(
  deps: SiteDeps,
  info: InstanceInfo,
  probe: Extract<Probe, { type: 'command' }>,
  signal: AbortSignal,
): Promise<Evidence> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
  try {
    const { code, stdout, stderr } = await withMachine(
      deps,
      info,
      (session) => session.exec(['sh', '-c', probe.run], { signal: limit }),
      { signal },
    );
    const said = `${stdout}${stderr}`.trim().slice(-kept);
    return answer(probe, code === 0, said || `exit ${code ?? 'by signal'}`);
  } catch (error) {
    if (signal.aborted || !limit.aborted) throw error;
    return answer(probe, false, `did not end within ${answerMs} ms`);
  }
}

const answer = ({ name }: Probe, ok: boolean, value: string): Evidence => ({
  ...{ source: name, ok, value, at: new Date().toISOString() },
});
