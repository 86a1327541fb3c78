import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { usageError } from '../errors.js';

/** What a vote is signed with: a file, or a public key whose other half is in the ssh-agent. */
export type SigningKey = { readonly file: string } | { readonly publicKey: string };

const usual = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** The key that was named, else what git signs with, else the usual ones of ~/.ssh, else the agent's first. */
export async function signingKey(named: string | undefined, home = homedir()): Promise<SigningKey> {
  const key = (named && { file: existing(expand(named, home)) }) ?? (await gitKey(home)) ?? ownKey(home);
  const found = key || (await agentKey());
  if (found) return found;
  throw usageError(
    `There is no SSH key to sign with: neither in git's user.signingkey, nor one of ${usual.join(', ')} in ~/.ssh, nor in an ssh-agent.`,
    'Name one with --key FILE; ssh-keygen -t ed25519 makes one.',
    'MW-SIGN-KEY',
  );
}

/** Where git signs with SSH: a path, or the public key itself, which the agent has the other half of. */
async function gitKey(home: string): Promise<SigningKey | undefined> {
  if ((await gitSetting('gpg.format')) !== 'ssh') return undefined;
  const value = await gitSetting('user.signingkey');
  if (value === undefined) return undefined;
  const literal = /^(?:key::)?((?:ssh-|ecdsa-|sk-)\S+ \S+.*)$/.exec(value)?.[1];
  return literal === undefined ? { file: existing(expand(value, home)) } : { publicKey: literal };
}

async function gitSetting(name: string): Promise<string | undefined> {
  const { failed, stdout } = await execa('git', ['config', '--get', name], { reject: false });
  return failed ? undefined : stdout.trim() || undefined;
}

function ownKey(home: string): SigningKey | undefined {
  const file = usual.map((name) => join(home, '.ssh', name)).find((path) => existsSync(path));
  return file === undefined ? undefined : { file };
}

async function agentKey(): Promise<SigningKey | undefined> {
  const { failed, stdout } = await execa('ssh-add', ['-L'], { reject: false, timeout: 5000 });
  const publicKey = failed ? undefined : stdout.split('\n').find((line) => /^(ssh-|ecdsa-|sk-)/.test(line));
  return publicKey === undefined ? undefined : { publicKey };
}

const expand = (path: string, home: string): string =>
  path.startsWith('~/') ? join(home, path.slice(2)) : resolve(path);

function existing(file: string): string {
  if (existsSync(file) || existsSync(`${file}.pub`)) return file;
  throw usageError(`There is no key ${file}.`, 'Name one with --key FILE.', 'MW-SIGN-KEY');
}
