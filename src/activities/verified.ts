import { verifiedArgv } from '../bundle/index.js';
import { type BundleId, MillwrightError, shortDigest } from '../model/index.js';
import type { SshSession } from '../ssh/port.js';
import { runnerFailed } from './refusals.js';
import type { MachineTask } from './types.js';

/** Has the target keep its bundle as verified: that is what a rollback returns to. */
export async function noteVerified(
  session: SshSession,
  { runner, machine, bundleBytes: bytes, changeId: change }: MachineTask,
  bundle: BundleId,
): Promise<void> {
  const result = await session.exec(verifiedArgv(runner, { bundle, bytes, change }));
  if (result.code === 10) throw changed(machine, bundle);
  if (result.code !== 0) throw runnerFailed('an answer to `verified`', result);
}

const changed = (machine: string, bundle: BundleId): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-RUN-STALE',
      cause: 'machine',
      message: `${machine} was admitted to another bundle while ${shortDigest(bundle)} was verified`,
      remedy: 'millwright up looks again and goes on from what is there',
    },
    false,
  );
