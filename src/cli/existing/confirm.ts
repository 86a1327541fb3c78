import { siteSettings } from '../../settings.js';
import { hostKeysKnown, scanHostKey } from '../../ssh/index.js';
import type { Context } from '../context.js';
import { refused } from '../errors.js';
import { who } from '../who.js';

const PROBE_MS = 10_000;

/** A machine whose host key is to be written down. */
export interface Stranger {
  readonly name: string;
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
}

/** Key that vouches for a machine, and who says so; `why`: nobody could. */
export type Vouched =
  | { readonly key: string; readonly by: 'known_hosts' | 'you' }
  | { readonly key?: undefined; readonly why: string };

export interface Trust {
  /** Fingerprints that somebody compared beforehand. */
  readonly accepted: readonly string[];
  /** Whether the machine is asked what it offers, and a person whether that is right. */
  readonly probe: boolean;
}

/**
 * The host key of a machine that exists already: from known_hosts, or as a person confirms it against its fingerprint.
 * Nothing that merely answers is ever trusted.
 */
export async function vouch(
  context: Context,
  one: Stranger,
  site: string,
  { accepted, probe }: Trust,
): Promise<Vouched> {
  const { connect } = siteSettings(context.settings(), site);
  const { keys, hostName, port } = hostKeysKnown({ ...connect, user: one.user ?? who() }, one.host, one.port);
  if (keys[0] !== undefined) return { key: keys[0], by: 'known_hosts' };
  if (!probe) return { why: 'known_hosts has none' };
  const offered = await scanHostKey(hostName, port, PROBE_MS).catch((error: Error) => error);
  if (offered instanceof Error) return { why: offered.message.replace(/\.$/, '') };
  if (accepted.includes(offered.fingerprint)) return { key: offered.hostKey, by: 'you' };
  if (accepted.length > 0 && !context.io.interactive)
    return { why: `it offers ${offered.fingerprint}, which is not among those accepted` };
  return (await agreed(context, one, offered.fingerprint))
    ? { key: offered.hostKey, by: 'you' }
    : { why: `${offered.fingerprint} was not confirmed` };
}

/** Asked for a whole word: `-y` answers other questions than who a machine is. */
async function agreed(context: Context, { name, host }: Stranger, print: string): Promise<boolean> {
  context.say(
    `\n${name} at ${host} offers the host key\n    ${print}\nOn the machine itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`,
  );
  const answer = await context.ask('Is it the same? [yes/no] ', `--accept-host-key ${print}`);
  return answer.trim().toLowerCase() === 'yes';
}

/** Refuses when a machine that was named has no key that anybody vouches for. */
export function keyOf(one: Stranger, vouched: Vouched): string {
  if (vouched.key !== undefined) return vouched.key;
  throw refused(
    'MW-SSH-UNTRUSTED',
    `Nobody vouches for ${one.name} at ${one.host}: ${vouched.why}. Nothing was written.`,
    `Log in once by hand and compare the fingerprint (ssh ${one.host}), or say --accept-host-key SHA256:… as the machine itself shows it.`,
  );
}
