import {
  type BundleId,
  type InstanceInfo,
  type MachineRef,
  MillwrightError,
  shortDigest,
  type Target,
} from '../model/index.js';
import type { SessionOptions, SshSession, SshTarget } from '../ssh/port.js';
import { findBundle, readTarget } from '../store/documents.js';
import type { Store } from '../store/port.js';
import type { SiteDeps } from './deps.js';

/** The machine of a task: its document and its instance, as the provider knows it now. */
export interface Present {
  readonly target: Target;
  readonly info: InstanceInfo;
}

interface Named {
  readonly target: string;
  readonly site: string;
  readonly machine: string;
  readonly instance: string;
  /** Another bundle than the target document's. */
  readonly bundle?: BundleId;
}

/** Reads the task's Target, with the task's bundle; refuses work that belongs to another site or provider. */
export async function targetOf(deps: SiteDeps, task: Named): Promise<Target> {
  if (task.site !== deps.site)
    throw misrouted(`this worker is of site ${deps.site}, the task of ${task.site}`);
  const target = await readTarget(deps.store, task.target);
  if (target.provider !== deps.provider.name)
    throw misrouted(
      `site ${deps.site} is served by ${deps.provider.name} here, ${target.provider} is declared`,
    );
  const { bundle = target.bundle } = task;
  return bundle === target.bundle ? target : withBundle(deps.store, target, bundle);
}

/** The same machine with another contract: what a rollback returns to. */
async function withBundle(store: Store, target: Target, bundle: BundleId): Promise<Target> {
  const outline = await findBundle(store, bundle);
  if (outline === undefined) throw lostBundle(target, bundle);
  const { steps, verify, slots } = outline;
  return { ...target, bundle, steps: steps.map(({ id }) => id), verify, slots };
}

/** The task's instance, which must exist and run. */
export async function presentMachine(deps: SiteDeps, task: Named): Promise<Present> {
  const target = await targetOf(deps, task);
  const info = await presentInstance(deps, target.ref, task.instance);
  if (info.power === 'off') throw isOff(task);
  return { target, info };
}

/** `instance`: the one expected; undefined: whichever there is. */
export async function presentInstance(
  deps: SiteDeps,
  ref: MachineRef,
  instance?: string,
): Promise<InstanceInfo> {
  const found = await deps.provider.find(ref);
  if (found.state === 'unknown') throw unknownState(ref, found.reason);
  if (found.state === 'absent') throw gone(ref);
  if (instance !== undefined && found.instance.instance !== instance) throw another(instance, found.instance);
  return found.instance;
}

/** Runs `use` on a session with the machine, its host key proven, as root with the site's key. */
export async function withMachine<T>(
  deps: SiteDeps,
  info: InstanceInfo,
  use: (session: SshSession) => Promise<T>,
  options?: SessionOptions,
): Promise<T> {
  return deps.ssh.withSession(await sshTarget(deps, info), use, options);
}

export async function sshTarget(deps: SiteDeps, info: InstanceInfo): Promise<SshTarget> {
  const { host, port } = await deps.provider.reach(info.instance, 22);
  const { privateKey } = await deps.keystore.loginKey();
  return { host, port, user: 'root', hostKey: info.hostKey, privateKey, poolKey: info.instance };
}

export const misrouted = (message: string): MillwrightError =>
  new MillwrightError({ code: 'MW-SITE-MISROUTED', cause: 'infrastructure', message }, false);

const lostBundle = ({ ref }: Target, bundle: BundleId): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-ROLLBACK-BUNDLE',
      cause: 'infrastructure',
      message: `${ref.machine} would return to bundle ${shortDigest(bundle)}, which is not in the store any more`,
      remedy: 'commit the older contract again, then millwright up',
    },
    false,
  );

const unknownState = ({ machine }: MachineRef, reason: string): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-PROVIDER-UNKNOWN',
      cause: 'infrastructure',
      message: `state of ${machine} is unknown: ${reason}`,
    },
    true,
  );

const gone = ({ machine }: MachineRef): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-MACHINE-GONE',
      cause: 'machine',
      message: `${machine} does not exist at its provider`,
      remedy: 'millwright plan shows what creating it anew would do',
    },
    false,
  );

const another = (expected: string, found: InstanceInfo): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-MACHINE-OTHER',
      cause: 'machine',
      message: `${found.instance} stands where ${expected} is expected`,
      remedy: 'millwright plan against what is there now',
    },
    false,
  );

const isOff = ({ machine }: Named): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-MACHINE-OFF',
      cause: 'machine',
      message: `${machine} is powered off`,
      remedy: 'millwright up boots it and goes on where it stopped',
    },
    false,
  );
