import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { MillwrightError, sha256Hex } from '../model/index.js';
import { parsePolicy } from './read.js';
import type { PolicyNow } from './types.js';

const LARGEST_BYTES = 1_048_576;

/** Reads the policy file as it is now. Throws MW-POLICY-UNREADABLE or MW-POLICY-INVALID. */
export async function readPolicy(file: string): Promise<PolicyNow> {
  const bytes = await bytesOf(file);
  return { policy: parsePolicy(bytes.toString('utf8'), file), digest: sha256Hex(bytes), file };
}

/** No more than we take: the file may grow while it is read. */
async function bytesOf(file: string): Promise<Buffer> {
  try {
    // A pipe that nobody writes to would never be opened.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const buffer = Buffer.alloc(LARGEST_BYTES + 1);
      const length = await fill(buffer, handle);
      if (length > LARGEST_BYTES) throw new Error(`it has more than ${LARGEST_BYTES} bytes`);
      return buffer.subarray(0, length);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw unreadable(file, code ?? message, cause);
  }
}

/** Bytes that were read, up to the end of the file: the first part of a policy may be a policy, too. */
async function fill(buffer: Buffer, handle: FileHandle): Promise<number> {
  if ((await handle.stat()).isFIFO()) throw new Error('it is a pipe');
  let length = 0;
  for (let read = 1; read > 0 && length < buffer.length; length += read)
    read = (await handle.read(buffer, length)).bytesRead;
  return length;
}

const unreadable = (file: string, why: string, cause: unknown): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-POLICY-UNREADABLE',
      cause: 'infrastructure',
      message: `The policy file ${file} can't be read: ${why}.`,
      remedy: 'Put it where `policy` in the settings of control says, readable by its worker.',
    },
    false,
    { cause },
  );
