import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { MillwrightError, voteNamespace } from '../../model/index.js';
import type { SigningKey } from './key.js';

/** A passphrase may have to be typed, or a token touched. */
const PATIENCE_MS = 120_000;

/** Armoured SSH signature over a text in the namespace of votes, made by ssh-keygen. Throws MW-SIGN-FAILED. */
export async function sign(key: SigningKey, text: string, interactive: boolean): Promise<string> {
  if ('file' in key) return signWith(key.file, text, interactive);
  const folder = await mkdtemp(join(tmpdir(), 'mw-sign-'));
  try {
    const file = join(folder, 'key.pub');
    await writeFile(file, `${key.publicKey}\n`, { mode: 0o600 });
    return await signWith(file, text, interactive);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function signWith(file: string, text: string, interactive: boolean): Promise<string> {
  const args = ['-Y', 'sign', '-n', voteNamespace, '-f', file];
  const { failed, code, stdout, stderr, shortMessage } = await execa('ssh-keygen', args, {
    ...{ input: text, reject: false, timeout: PATIENCE_MS, stripFinalNewline: false },
    stderr: interactive ? ['pipe', 'inherit'] : 'pipe',
    // It would ask on the terminal itself, wherever its streams go.
    ...(!interactive && { env: { SSH_ASKPASS: 'false', SSH_ASKPASS_REQUIRE: 'force' } }),
  });
  if (!failed) return stdout;
  if (code === 'ENOENT') throw noProgram();
  throw new MillwrightError(
    {
      code: 'MW-SIGN-FAILED',
      cause: 'infrastructure',
      message: `ssh-keygen did not sign with ${file}.`,
      detail: (stderr.trim() || shortMessage || '').split('\n').slice(-5),
      remedy: 'Load the key into an ssh-agent (ssh-add), or name another with --key FILE.',
    },
    false,
  );
}

const noProgram = (): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-SIGN-FAILED',
      cause: 'infrastructure',
      message: 'There is no ssh-keygen here to sign with.',
      remedy: 'Install the OpenSSH client: apt install openssh-client.',
    },
    false,
  );
