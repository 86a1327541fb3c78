import type { Manifest, ManifestAround, ManifestMachine } from '../manifest/types.js';
import type { MachineConnection, Target, VerifyCheck } from '../model/index.js';
import { type DeclaredMachine, sortedEntries } from './machines.js';

/** What a machine has to do with others. */
interface Dealings {
  readonly checks: readonly VerifyCheck[];
  readonly around?: ManifestAround;
}

/**
 * How a machine that exists already is reached, and those others of that kind that its verification is made from or that it
 * is drained at.
 */
export function wayTo(
  manifest: Manifest,
  { existing }: Pick<DeclaredMachine, 'existing'>,
  machines: readonly DeclaredMachine[],
  { checks, around }: Dealings,
): Pick<Target, 'connection' | 'peers'> {
  const places = new Set(existing ? checks.map(({ from }) => from) : []);
  if (around) places.add(around.drain.at).add(around.restore.at);
  const peers = machines.flatMap((one) =>
    one.existing && places.has(one.name) ? [[one.name, connectionOf(manifest, one.existing)] as const] : [],
  );
  return {
    ...(existing && { connection: connectionOf(manifest, existing) }),
    ...(peers.length > 0 && { peers: Object.fromEntries(peers) }),
  };
}

function connectionOf(
  manifest: Manifest,
  { host, port, hostKey, connect }: ManifestMachine,
): MachineConnection {
  const { user, become = 'none', password: name, via } = connect;
  const secrets = new Map(sortedEntries(manifest.secrets));
  const ref = name === undefined ? undefined : secrets.get(name);
  return {
    host,
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    hostKey: hostKey.split(' ').slice(0, 2).join(' '),
    become,
    ...(name === undefined || ref === undefined ? {} : { password: { name, ref } }),
    ...(via === undefined ? {} : { via }),
  };
}
