import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { badKeyFile } from './failures.js';
import type { LoginWay } from './port.js';

const usual = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

export const usualIdentities = (home: string): string[] => usual.map((name) => join(home, '.ssh', name));

/** Keys of a login, and what is worth telling when none of them leads in. */
export interface Identities {
  readonly ways: readonly LoginWay[];
  readonly notes: readonly string[];
}

/** `named`: somebody wrote these down, so one that can't be used is an error; of the usual ones it is only a note. */
export function readIdentities(files: readonly string[], named: boolean): Identities {
  const all = files.map((file) => readIdentity(file, named));
  return { ways: all.flatMap((one) => one.ways), notes: all.flatMap((one) => one.notes) };
}

function readIdentity(file: string, named: boolean): Identities {
  if (!existsSync(file)) {
    // A key that only the agent holds has its public half here, as ssh allows it.
    if (named && !existsSync(`${file}.pub`)) throw badKeyFile(file, 'there is no such file');
    return { ways: [], notes: [] };
  }
  const certificate = existsSync(`${file}-cert.pub`)
    ? [`${file}-cert.pub is a certificate, and those are not supported: the machine must know the key itself`]
    : [];
  const privateKey = read(file);
  const parsed = privateKey === undefined ? new Error('it is not readable') : ssh2.utils.parseKey(privateKey);
  if (privateKey !== undefined && !(parsed instanceof Error))
    return { ways: [{ kind: 'key', name: `key ${file}`, privateKey }], notes: certificate };
  const encrypted = parsed instanceof Error && /encrypted|passphrase/i.test(parsed.message);
  const why = encrypted ? 'it has a passphrase: load it into the agent' : (parsed as Error).message;
  // The agent may hold it.
  if (named && !encrypted) throw badKeyFile(file, why);
  return { ways: [], notes: [...certificate, `${file} was not tried: ${why}`] };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
