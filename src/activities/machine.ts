import {
  type BundleId,
  type Found,
  type InstanceInfo,
  type MachineConnection,
  type MachineRef,
  MillwrightError,
  machineId,
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
  const info = await presentInstance(deps, target, task.instance);
  if (info.power === 'off') throw isOff(task);
  return { target, info };
}

/** `instance`: the one expected; undefined: whichever there is. */
export async function presentInstance(
  deps: SiteDeps,
  target: Target,
  instance?: string,
): Promise<InstanceInfo> {
  const { ref } = target;
  const found = await findMachine(deps, target, instance);
  if (found.state === 'unknown') throw unknownState(ref, found.reason);
  if (found.state === 'absent') throw gone(ref);
  if (instance !== undefined && found.instance.instance !== instance) throw another(instance, found.instance);
  return found.instance;
}

/** One that exists already is the instance that the task says. */
export const findMachine = (
  { provider }: SiteDeps,
  { ref, connection, protect }: Target,
  instance = machineId(ref),
): Promise<Found> => provider.find(ref, { instance, connection, protect });

/** Another machine of the environment, whichever instance there is of it. */
export function presentOther(deps: SiteDeps, target: Target, machine: string): Promise<InstanceInfo> {
  const ref = { ...target.ref, machine };
  return presentInstance(deps, { ...target, ref, connection: target.peers?.[machine] });
}

/** Runs `use` on a session with the machine, its host key proven, as root. */
export async function withMachine<T>(
  deps: SiteDeps,
  info: InstanceInfo,
  use: (session: SshSession) => Promise<T>,
  options?: SessionOptions,
): Promise<T> {
  return deps.ssh.withSession(await sshTarget(deps, info), use, options);
}

export async function sshTarget(
  deps: SiteDeps,
  info: Pick<InstanceInfo, 'instance' | 'hostKey' | 'connection'>,
): Promise<SshTarget> {
  if (info.connection) return existingTarget(deps, info, info.connection);
  const { host, port } = await deps.provider.reach(info.instance, 22);
  const { privateKey } = await deps.keystore.loginKey();
  return { host, port, user: 'root', hostKey: info.hostKey, privateKey, poolKey: info.instance };
}

/** A password is looked up for each session, so that a rotated one counts at once. */
async function existingTarget(
  { secrets, keystore, logins }: SiteDeps,
  info: Pick<InstanceInfo, 'instance'>,
  connection: MachineConnection,
): Promise<SshTarget> {
  const { password } = connection;
  if (!logins) throw misrouted(`${info.instance} exists already, and this worker logs in to no such machine`);
  return logins.target(connection, {
    poolKey: info.instance,
    siteKey: (await keystore.loginKey()).privateKey,
    password: password && (await secrets.resolve(password.name, password.ref)),
  });
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

export const isOff = ({ machine }: Pick<Named, 'machine'>): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-MACHINE-OFF',
      cause: 'machine',
      message: `${machine} is powered off`,
      remedy: 'millwright up boots it and goes on where it stopped',
    },
    false,
  );
