import { type Cause, type FailureCode, MillwrightError } from '../model/index.js';
import { fingerprint, fingerprintOfBlob } from './keys.js';
import type { SshTarget } from './port.js';

const place = (target: SshTarget): string => `${target.host}:${target.port}`;

function failure(
  code: FailureCode,
  cause: Cause,
  message: string,
  more: { detail?: readonly string[]; remedy?: string; error?: unknown } = {},
): MillwrightError {
  const { error, ...info } = more;
  return new MillwrightError({ code, cause, message, ...info }, cause === 'unreachable', { cause: error });
}

export const refused = (target: SshTarget, how: string, error?: unknown) =>
  failure('MW-SSH-REFUSED', 'unreachable', `${place(target)} ${how}.`, {
    error,
    remedy: 'Look whether the machine runs and its sshd listens there: millwright console MACHINE.',
  });

export const timedOut = (target: SshTarget, what: string) =>
  failure('MW-SSH-TIMEOUT', 'unreachable', `${place(target)} ${what}.`, {
    remedy: 'Look whether the machine runs and the network between is up: millwright console MACHINE.',
  });

export const closed = (target: SshTarget, when: string, error?: unknown) =>
  failure('MW-SSH-CLOSED', 'unreachable', `${place(target)} closed the connection ${when}.`, { error });

export const authRefused = (target: SshTarget, error?: unknown) =>
  failure('MW-SSH-AUTH', 'machine', `${place(target)} refused the site's login key for ${target.user}.`, {
    error,
    remedy: `Put the site's public key into authorized_keys of ${target.user} on the machine.`,
  });

export const badLoginKey = (target: SshTarget, error: unknown) =>
  failure(
    'MW-SSH-KEY',
    'infrastructure',
    `The login key for ${target.user}@${place(target)} can't be read.`,
    {
      error,
    },
  );

export const wrongHostKey = (target: SshTarget, offered: Uint8Array, banner: string) =>
  failure('MW-SSH-HOSTKEY', 'machine', `Another machine answers at ${place(target)} than the one expected.`, {
    detail: [
      `expected  ${fingerprint(target.hostKey)}`,
      `answered  ${fingerprintOfBlob(offered)}   ${banner}`,
      'No login was tried.',
    ],
    remedy: 'A second machine holds this address, or its image made new host keys at boot.',
  });

export const noShell = (target: SshTarget, said: string) =>
  failure('MW-SSH-SHELL', 'machine', `${target.user}@${place(target)} logs in, but no shell runs commands.`, {
    detail: said.trim() === '' ? undefined : said.trim().split('\n').slice(-10),
    remedy: `Give ${target.user} a POSIX login shell and no forced command.`,
  });

export const noSpace = (target: SshTarget, path: string, said: string) =>
  failure('MW-SSH-SPACE', 'machine', `${place(target)} has no space left to write ${path}.`, {
    detail: said.trim().split('\n').slice(-10),
    remedy: 'Free space or inodes on the machine (df -h, df -i).',
  });

export const uploadFailed = (target: SshTarget, path: string, code: number | null, said: string) =>
  failure(
    'MW-SSH-UPLOAD',
    'machine',
    `${place(target)} couldn't write ${path}: exit ${code ?? 'by signal'}.`,
    {
      detail: said.trim() === '' ? undefined : said.trim().split('\n').slice(-10),
    },
  );
