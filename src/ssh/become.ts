import { randomUUID } from 'node:crypto';
import { becomeDenied, becomeFailed, becomeMissing, becomePassword, becomeTty, noShell } from './failures.js';
import type { BecomeRoot, ExecOptions, ExecResult, SshTarget } from './port.js';

/** A command as it is sent, and what goes to its standard input. */
interface Sent {
  readonly argv: readonly string[];
  readonly stdin?: ExecOptions['stdin'];
}

/** Reads up to a line that nobody knows: what sudo has left of the password must not reach the command. */
const skip = 'while IFS= read -r l; do [ "$l" = "$0" ] && exec "$@"; done; exit 125';

/** The command as root. A password goes ahead of its standard input: never into an argument or the environment. */
export function asRoot(become: BecomeRoot, argv: readonly string[], stdin?: ExecOptions['stdin']): Sent {
  const { how, password } = become;
  if (password === undefined || how === 'doas') return { argv: [...quiet[how], ...argv], stdin };
  const mark = `mw-${randomUUID()}`;
  return {
    argv: ['sudo', '-H', '-S', '-p', '', '--', 'sh', '-c', skip, mark, ...argv],
    stdin: Buffer.concat([Buffer.from(`${password}\n${mark}\n`), bytesOf(stdin)]),
  };
}

const quiet = { sudo: ['sudo', '-H', '-n', '--'], doas: ['doas', '-n', '--'] } as const;

const bytesOf = (stdin: ExecOptions['stdin']): Uint8Array =>
  stdin === undefined ? new Uint8Array() : typeof stdin === 'string' ? Buffer.from(stdin) : stdin;

/** What proves once per connection that root can be had: after the password comes the end, so that it is tried once. */
export function rootProof({ how, password }: BecomeRoot): Sent {
  const asked = password === undefined || how === 'doas' ? quiet[how] : ['sudo', '-S', '-p', '', '--'];
  return {
    argv: ['env', 'LC_ALL=C', ...asked, 'id', '-u'],
    stdin: password === undefined || how === 'doas' ? undefined : `${password}\n`,
  };
}

/** Why root can't be had, by what the tool said; undefined where it can. */
export function judgeProof(target: SshTarget, become: BecomeRoot, proof: ExecResult) {
  if (proof.code === 0 && proof.stdout.trim() === '0') return undefined;
  const said = `${proof.stderr}\n${proof.stdout}`;
  const { how, password } = become;
  if (
    /must have a tty|a terminal is required to authenticate|no tty present/i.test(said) &&
    !/-S option/.test(said)
  )
    return becomeTty(target, how, said);
  if (/not in the sudoers file|is not allowed to|may not run sudo|Operation not permitted/i.test(said))
    return becomeDenied(target, how, said);
  if (/password is required|-S option|Auth(entication|orization) required|a tty is required/i.test(said))
    return becomePassword(target, how, 'asks for a password, and none is given', said);
  if (/incorrect password|no password was provided|try again|Authentication (failed|failure)/i.test(said))
    return becomePassword(target, how, 'refused the password', said);
  if (proof.code === 127 || /not found|No such file/i.test(said)) return becomeMissing(target, how, said);
  if (
    proof.code === 0 ||
    (!said.includes(how) && password === undefined && /nologin|not available/i.test(said))
  )
    return noShell(target, said);
  return becomeFailed(target, how, proof.code, said);
}
