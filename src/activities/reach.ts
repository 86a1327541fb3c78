import { MillwrightError } from '../model/index.js';

export const isUnreachable = (error: unknown): error is MillwrightError =>
  error instanceof MillwrightError && error.info.cause === 'unreachable';

/** Whatever may be wrong with getting at a machine. */
export const isAboutReaching = (error: unknown): error is MillwrightError =>
  isUnreachable(error) || (error instanceof MillwrightError && error.info.code.startsWith('MW-SSH-'));

const refusals: readonly string[] = ['MW-SSH-AUTH', 'MW-SSH-HOSTKEY', 'MW-SSH-SHELL'];

/** Nobody gets in, whoever is to blame for it: silence, another host key, a login that is refused. */
export const isKeptOut = (error: unknown): error is MillwrightError =>
  isUnreachable(error) || (error instanceof MillwrightError && refusals.includes(error.info.code));

/** Nobody gets in to see whether the run goes on. */
export const mayBeActive = ({ run }: { readonly run: string }, error: MillwrightError): MillwrightError =>
  new MillwrightError(
    {
      ...error.info,
      code: 'MW-RUN-UNKNOWN',
      cause: 'unreachable',
      message: `unknown: a run may still be active (${run}). ${error.info.message}`,
    },
    true,
    { cause: error },
  );
