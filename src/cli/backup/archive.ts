import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Decrypter, Encrypter } from 'age-encryption';
import { extract, pack } from 'tar-stream';
import { damaged, noBackup, unreadable, unwritable, wrongKey } from './errors.js';

export interface Entry {
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * Writes a tar of the entries, encrypted before a byte of it reaches the disk; the file, 0600, is whole or not there.
 * One entry is in memory at a time.
 */
export async function writeArchive(
  file: string,
  seal: Encrypter,
  entries: AsyncIterable<Entry>,
): Promise<{ sizeBytes: number }> {
  const draft = join(dirname(file), `.${randomBytes(6).toString('hex')}.millwright-backup`);
  const handle = await open(draft, 'wx', 0o600).catch((error) => {
    throw unwritable(file, error);
  });
  try {
    const tar = Readable.toWeb(Readable.from(tarOf(entries))) as unknown as ReadableStream<Uint8Array>;
    const sealed = await seal.encrypt(tar);
    for await (const chunk of sealed as unknown as AsyncIterable<Uint8Array>) await handle.write(chunk);
    await handle.sync();
    const { size } = await handle.stat();
    await handle.close();
    await rename(draft, file);
    return { sizeBytes: size };
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
}

async function* tarOf(entries: AsyncIterable<Entry>): AsyncIterable<Uint8Array> {
  const tar = pack();
  const filled = (async () => {
    for await (const { name, bytes } of entries) {
      await new Promise<void>((resolve, reject) => {
        const header = { name, size: bytes.length, mode: 0o600, mtime: new Date(0) };
        tar.entry(header, (error) => (error ? reject(error) : resolve())).end(bytes);
      });
    }
    tar.finalize();
  })();
  filled.catch((error: Error) => tar.destroy(error));
  yield* tar as AsyncIterable<Uint8Array>;
  await filled;
}

/** Goes through a backup once, in its order; what is wrong with the file is told by name. */
export async function readArchive(
  file: string,
  key: Decrypter,
  use: (entry: Entry) => Promise<void>,
): Promise<void> {
  const source = createReadStream(file);
  await new Promise((resolve, reject) => source.once('open', resolve).once('error', reject)).catch(
    (error) => {
      throw unreadable(file, error);
    },
  );
  try {
    const plain = await decrypted(file, key, source);
    await eachEntry(file, plain, use);
  } finally {
    source.destroy();
  }
}

async function decrypted(file: string, key: Decrypter, source: Readable): Promise<Readable> {
  try {
    const plain = await key.decrypt(Readable.toWeb(source) as unknown as ReadableStream<Uint8Array>);
    return Readable.fromWeb(plain as unknown as Parameters<typeof Readable.fromWeb>[0]);
  } catch (error) {
    const { message } = error as Error;
    if (message.startsWith('no identity matched')) throw wrongKey(file);
    if (message.startsWith('stream ended')) throw damaged(file, 'its header ends too early');
    if (message.startsWith('invalid version')) throw noBackup(file, 'it is not encrypted by age');
    throw damaged(file, message);
  }
}

async function eachEntry(file: string, plain: Readable, use: (entry: Entry) => Promise<void>): Promise<void> {
  const tar = extract();
  let broken: Error | undefined;
  const fed = pipeline(plain, tar).catch((error: Error) => {
    broken ??= error;
  });
  let own: unknown;
  try {
    for await (const entry of tar) {
      const bytes = await buffer(entry);
      try {
        await use({ name: entry.header.name, bytes });
      } catch (error) {
        own = error;
        throw error;
      }
    }
  } catch (error) {
    if (error === own) {
      tar.destroy();
      await fed;
      throw error;
    }
    broken ??= error as Error;
  }
  await fed;
  if (broken) throw damaged(file, 'what is in it does not match its seal');
}
