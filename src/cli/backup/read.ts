import type { Decrypter } from 'age-encryption';
import { digestBytes } from '../../store/digest.js';
import type { Store } from '../../store/port.js';
import { type Entry, readArchive } from './archive.js';
import { damaged, noBackup } from './errors.js';
import { isKeyName } from './keys.js';
import { type Manifest, parseManifest } from './manifest.js';
import { parseState, type State } from './state.js';

export interface Backup {
  readonly manifest: Manifest;
  readonly state: State;
  /** By their path in the keystore. */
  readonly keys: readonly Entry[];
}

/** Reads a backup to its end and compares all of it with its manifest, before anybody acts on any of it. */
export async function readBackup(file: string, key: Decrypter): Promise<Backup> {
  let manifest: Manifest | undefined;
  const kept: Entry[] = [];
  const documents = new Set<string>();
  await readArchive(file, key, async (entry) => {
    if (manifest === undefined) manifest = manifestOf(file, entry);
    else if (entry.name.startsWith('store/')) documents.add(documentOf(file, entry));
    else kept.push(entry);
  });
  if (manifest === undefined) throw noBackup(file, 'it is empty');
  const wanted = manifest;
  for (const { name, sha256 } of wanted.files) {
    const found = kept.find((one) => one.name === name);
    if (found === undefined || digestBytes(found.bytes) !== sha256)
      throw damaged(file, `${name} is not in it whole`);
  }
  const lost = wanted.documents.filter((digest) => !documents.has(digest));
  if (lost.length > 0) throw damaged(file, `${lost.length} documents are not in it`);
  return {
    manifest: wanted,
    ...partsOf(
      file,
      kept.filter((one) => isListed(wanted, one)),
    ),
  };
}

/** Puts every document of a backup into the store; those that are there already stay. */
export async function putDocuments(file: string, key: Decrypter, store: Store): Promise<void> {
  await readArchive(file, key, async ({ name, bytes }) => {
    if (name.startsWith('store/')) await store.put(bytes);
  });
}

function manifestOf(file: string, { name, bytes }: Entry): Manifest {
  if (name !== 'manifest.json') throw noBackup(file, `it begins with ${name}`);
  return parseManifest(file, bytes);
}

function documentOf(file: string, { name, bytes }: Entry): string {
  const digest = name.slice('store/'.length);
  if (digestBytes(bytes) !== digest) throw damaged(file, `document ${digest.slice(0, 8)} has other bytes`);
  return digest;
}

const isListed = ({ files }: Manifest, { name }: Entry): boolean => files.some((one) => one.name === name);

function partsOf(file: string, entries: readonly Entry[]): Pick<Backup, 'state' | 'keys'> {
  const record = entries.find((one) => one.name === 'record.json');
  if (record === undefined) throw noBackup(file, 'it has no record.json');
  const keys = entries
    .filter((one) => one.name.startsWith('keys/'))
    .map(({ name, bytes }) => ({ name: name.slice('keys/'.length), bytes }));
  const strange = keys.find((one) => !isKeyName(one.name));
  if (strange) throw noBackup(file, `keys/${strange.name} is no name of a key`);
  return { state: parseState(file, record.bytes), keys };
}
