import { open } from 'node:fs/promises';
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
    const handle = await open(file);
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(LARGEST_BYTES + 1), 0);
      if (bytesRead > LARGEST_BYTES) throw new Error(`it has more than ${LARGEST_BYTES} bytes`);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw unreadable(file, code ?? message, cause);
  }
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
