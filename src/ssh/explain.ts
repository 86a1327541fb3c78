import type { MillwrightError } from '../model/index.js';
import { authRefused, closed, refused, timedOut, wrongHostKey } from './failures.js';
import { parsePublicKey } from './keys.js';
import type { SshTarget } from './port.js';

/** How far an attempt to connect came: decides what an error means. */
export interface Attempt {
  readonly target: SshTarget;
  stage: 'tcp' | 'banner' | 'handshake' | 'login';
  banner: string;
  /** The host key that was answered. */
  offered?: Buffer;
  readonly seen?: (hostKey: Uint8Array) => void;
}

interface Limits {
  readonly bannerMs: number;
  readonly loginMs: number;
}

export function overdue({ target, stage, banner }: Attempt, { bannerMs, loginMs }: Limits): MillwrightError {
  if (stage === 'tcp') return timedOut(target, `did not answer within ${bannerMs} ms`);
  if (stage === 'banner')
    return timedOut(target, `accepts connections but sent no SSH banner within ${bannerMs} ms`);
  const what = stage === 'handshake' ? 'the key exchange' : 'the login';
  return timedOut(target, `sent ${banner} but did not finish ${what} within ${loginMs} ms`);
}

export function explain(
  attempt: Attempt,
  error?: Error & { code?: unknown; level?: string },
): MillwrightError {
  const { target, stage, offered } = attempt;
  if (stage === 'tcp') return unreachable(target, error);
  if (stage === 'banner')
    return refused(target, 'accepts connections but closes them before an SSH banner', error);
  if (stage === 'handshake')
    return offered && !offered.equals(parsePublicKey(target.hostKey).blob)
      ? wrongHostKey(target, offered, attempt.banner)
      : closed(target, `during the key exchange${error ? `: ${error.message}` : ''}`, error);
  const rejected = error?.level === 'client-authentication' || /authentication/i.test(error?.message ?? '');
  return rejected ? authRefused(target, error) : closed(target, 'during the login', error);
}

function unreachable(target: SshTarget, error?: Error & { code?: unknown }): MillwrightError {
  const code = typeof error?.code === 'string' ? error.code : (error?.message ?? 'closed');
  if (code === 'ECONNREFUSED') return refused(target, 'refuses connections', error);
  if (code === 'ETIMEDOUT') return timedOut(target, 'did not answer');
  return refused(target, `can't be reached: ${code}`, error);
}
