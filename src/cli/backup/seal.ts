import { readFile } from 'node:fs/promises';
import { Decrypter, Encrypter } from 'age-encryption';
import { usageError } from '../errors.js';

/** Shorter ones can be guessed by whoever has the file. */
const SHORTEST = 10;

export interface SealOptions {
  readonly to?: readonly string[];
  readonly passphraseFile?: string;
}
export interface OpenOptions {
  readonly identity?: string;
  readonly passphraseFile?: string;
}

/** What encrypts a backup: age recipients or a passphrase, never both. Nothing is asked: cron has nobody to answer. */
export async function sealOf({ to = [], passphraseFile }: SealOptions): Promise<Encrypter> {
  const encrypter = new Encrypter();
  if (passphraseFile !== undefined && to.length > 0)
    throw usageError('--to and --passphrase-file exclude each other.', 'Say one of them.');
  if (passphraseFile !== undefined) {
    encrypter.setPassphrase(await passphraseIn(passphraseFile));
    return encrypter;
  }
  if (to.length === 0)
    throw usageError(
      'A backup holds private keys, so it is never written in the clear. Who may read it?',
      'Say --to age1… (a key pair: age-keygen -o backup.key), or --passphrase-file FILE.',
    );
  for (const one of to) addRecipient(encrypter, one);
  return encrypter;
}

function addRecipient(encrypter: Encrypter, recipient: string): void {
  try {
    encrypter.addRecipient(recipient);
  } catch {
    throw usageError(
      `--to ${recipient} is no age recipient.`,
      'Write the public key, as age-keygen prints it: age1… (restore takes the file with the private one).',
    );
  }
}

/** Makes what decrypts a backup, as often as it is read. */
export async function openerOf({ identity, passphraseFile }: OpenOptions): Promise<() => Decrypter> {
  if ((identity === undefined) === (passphraseFile === undefined))
    throw usageError(
      'A backup is encrypted: it takes one key to read it.',
      'Say --identity FILE (the private key that age-keygen wrote) or --passphrase-file FILE.',
    );
  const passphrase = passphraseFile === undefined ? undefined : await passphraseIn(passphraseFile, 1);
  const identities = identity === undefined ? [] : await identitiesIn(identity);
  return () => {
    const decrypter = new Decrypter();
    if (passphrase !== undefined) decrypter.addPassphrase(passphrase);
    for (const one of identities) decrypter.addIdentity(one);
    return decrypter;
  };
}

async function passphraseIn(file: string, shortest = SHORTEST): Promise<string> {
  const text = (await read(file, '--passphrase-file')).replace(/\r?\n$/, '');
  if (text.length >= shortest) return text;
  throw usageError(
    text === '' ? `${file} is empty.` : `The passphrase in ${file} has ${text.length} characters.`,
    `Write at least ${SHORTEST} into it: openssl rand -base64 24 > ${file}`,
  );
}

async function identitiesIn(file: string): Promise<string[]> {
  const lines = (await read(file, '--identity')).split('\n').map((line) => line.trim());
  const found = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (found.length > 0 && found.every(isIdentity)) return found;
  throw usageError(
    `${file} holds no age identity.`,
    'It is the file that age-keygen wrote, with a line AGE-SECRET-KEY-1…',
  );
}

function isIdentity(text: string): boolean {
  try {
    new Decrypter().addIdentity(text);
    return true;
  } catch {
    return false;
  }
}

async function read(file: string, flag: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(`${flag} ${file} can't be read: ${code ?? String(error)}.`);
  }
}
