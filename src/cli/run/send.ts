import type { FailureCode } from '../../model/index.js';
import type { SteerRequest } from '../../workflows/types.js';
import type { Engine } from '../temporal.js';
import { who } from '../who.js';
import type { Told } from './steer.js';
import { tell } from './tell.js';

const passive: Readonly<Record<Told, string>> = {
  retry: 'retried',
  skip: 'skipped',
  rollback: 'rolled back',
  stop: 'stopped',
  pause: 'paused',
  resume: 'resumed',
};

/** Tells a run what a person wants; comes back once it has accepted, or says why it refused (exit 9). */
export async function send(
  engine: Engine,
  run: { readonly id: string; readonly runId?: string },
  verb: Told,
  request: Omit<SteerRequest, 'by'> = {},
): Promise<void> {
  await tell(engine, run, {
    update: verb,
    argument: { by: who(), ...request },
    code: refusalCode(verb),
    refusal: `${request.machine ?? 'the run'} can't be ${passive[verb]}`,
  });
}

/** Code of a refusal to steer: `MW-REFUSED-RETRY`. */
export const refusalCode = (verb: string): FailureCode => `MW-REFUSED-${verb.toUpperCase()}`;
