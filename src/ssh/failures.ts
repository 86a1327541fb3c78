import { type Cause, type FailureCode, MillwrightError } from '../model/index.js';
import { fingerprint, fingerprintOfBlob } from './keys.js';
import type { SshTarget } from './port.js';
import { waysInWords } from './ways.js';

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

/** Of machines that exist already nobody here has the console. */
const byConsole = ({ ways }: SshTarget): string => (ways === undefined ? ': millwright console MACHINE' : '');

export const refused = (target: SshTarget, how: string, error?: unknown) =>
  failure('MW-SSH-REFUSED', 'unreachable', `${place(target)} ${how}.`, {
    error,
    remedy: `Look whether the machine runs and its sshd listens there${byConsole(target)}.`,
  });

export const timedOut = (target: SshTarget, what: string) =>
  failure('MW-SSH-TIMEOUT', 'unreachable', `${place(target)} ${what}.`, {
    remedy: `Look whether the machine runs and the network between is up${byConsole(target)}.`,
  });

export const closed = (target: SshTarget, when: string, error?: unknown) =>
  failure('MW-SSH-CLOSED', 'unreachable', `${place(target)} closed the connection ${when}.`, { error });

export const authRefused = (target: SshTarget, error?: unknown) =>
  failure('MW-SSH-AUTH', 'machine', `${place(target)} refused ${waysInWords(target)} for ${target.user}.`, {
    error,
    detail: target.notes,
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

const lastWords = (said: string): readonly string[] | undefined =>
  said.trim() === '' ? undefined : said.trim().split('\n').slice(-10);

const become = (
  code: FailureCode,
  target: SshTarget,
  how: string,
  message: string,
  said: string,
  remedy: string,
) => failure(code, 'machine', `${how} on ${place(target)} ${message}.`, { detail: lastWords(said), remedy });

export const becomeTty = (target: SshTarget, how: string, said: string) =>
  become(
    'MW-SSH-BECOME-TTY',
    target,
    how,
    `wants a terminal, and none is given to commands of ${target.user}`,
    said,
    `Take requiretty away for ${target.user}: Defaults:${target.user} !requiretty`,
  );

export const becomeDenied = (target: SshTarget, how: string, said: string) =>
  become(
    'MW-SSH-BECOME-DENIED',
    target,
    how,
    `does not let ${target.user} become root`,
    said,
    how === 'sudo'
      ? `Allow it on the machine, in a file under /etc/sudoers.d: ${target.user} ALL=(root) ALL`
      : `Allow it on the machine, in its doas.conf: permit nopass ${target.user}`,
  );

export const becomePassword = (target: SshTarget, how: string, what: string, said: string) =>
  become(
    'MW-SSH-BECOME-PASSWORD',
    target,
    how,
    `${what} of ${target.user}`.replace('none is given of', 'none is given for'),
    said,
    how === 'sudo'
      ? 'Name the right secret in connect.password, or allow it without: NOPASSWD.'
      : 'doas takes a password from a terminal only: allow it without, by `permit nopass`, or use sudo.',
  );

export const becomeMissing = (target: SshTarget, how: string, said: string) =>
  become(
    'MW-SSH-BECOME-MISSING',
    target,
    how,
    'is not installed',
    said,
    'Install it there, name the other in connect.become (sudo, doas), or log in as root.',
  );

export const becomeFailed = (target: SshTarget, how: string, code: number | null, said: string) =>
  become(
    'MW-SSH-BECOME-FAILED',
    target,
    how,
    `did not make ${target.user} root: exit ${code ?? 'by signal'}`,
    said,
    `Try it there as ${target.user}: ${how} id`,
  );

export const jumpRefused = (jump: SshTarget, host: string, port: number, error: Error) =>
  failure('MW-SSH-JUMP', 'unreachable', `${place(jump)} can't reach ${host}:${port}: ${error.message}.`, {
    error,
    remedy: `Look whether the machine runs, and whether its jump host may forward (AllowTcpForwarding): ssh -W ${host}:${port} ${jump.host}`,
  });

export const jumpUnknown = (jump: string, files: readonly string[]) =>
  failure(
    'MW-SSH-JUMPKEY',
    'infrastructure',
    `Nothing says which host key jump host ${jump} has. It was not connected to.`,
    {
      detail: files.map((file) => `looked in  ${file}`),
      remedy: `As the user of the site's worker: ssh ${jump} true, and compare the fingerprint that it shows.`,
    },
  );

export const badConfig = (file: string, why: string, error?: unknown) =>
  failure('MW-SSH-CONFIG', 'infrastructure', `${file} can't be used: ${why}.`, {
    error,
    remedy: "Mend it, or set sites.NAME.connect in the settings of the site's worker.",
  });

export const badKeyFile = (file: string, why: string) =>
  failure('MW-SSH-KEY', 'infrastructure', `The login key ${file} can't be used: ${why}.`, {
    remedy:
      "Correct identityFiles in the settings of the site's worker, or IdentityFile in its ~/.ssh/config.",
  });
