import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { voteNamespace } from '../model/index.js';
import type { PublicKey } from './types.js';

export interface Signed {
  /** Name of the approver who is said to have signed. */
  readonly principal: string;
  readonly keys: readonly PublicKey[];
  readonly text: string;
  readonly signature: string;
}

/** `unavailable`: ssh-keygen isn't there, or didn't come to an end; `said` has its own words. */
export type Verification =
  | { readonly valid: true }
  | { readonly valid: false; readonly unavailable: boolean; readonly said: string };

const PATIENCE_MS = 10_000;

/** Asks `ssh-keygen -Y verify` whether one of these keys signed exactly this text in the namespace of votes. */
export async function verifySignature(signed: Signed): Promise<Verification> {
  const folder = await mkdtemp(join(tmpdir(), 'mw-vote-'));
  try {
    return await verifyIn(folder, signed);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function verifyIn(folder: string, { principal, keys, text, signature }: Signed): Promise<Verification> {
  const [signers, file] = [join(folder, 'allowed_signers'), join(folder, 'vote.sig')];
  await writeFile(signers, keys.map((key) => allowed(principal, key)).join(''), { mode: 0o600 });
  await writeFile(file, signature, { mode: 0o600 });
  const args = ['-Y', 'verify', '-f', signers, '-I', principal, '-n', voteNamespace, '-s', file];
  const options = { input: text, reject: false, timeout: PATIENCE_MS, maxBuffer: 65_536, all: true } as const;
  const { exitCode, all, timedOut } = await execa('ssh-keygen', args, options);
  if (exitCode === 0) return { valid: true };
  const said = timedOut ? `no answer within ${PATIENCE_MS / 1000} s` : (all ?? '').trim();
  return {
    valid: false,
    unavailable: exitCode === undefined,
    said: said || 'ssh-keygen could not be started',
  };
}

const allowed = (principal: string, { type, base64 }: PublicKey): string =>
  `${principal} namespaces="${voteNamespace}" ${type} ${base64}\n`;
