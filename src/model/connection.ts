import type { SecretRef } from './bundle.js';

/** How commands come to run as root when the login user isn't root. */
export type Become = 'sudo' | 'doas' | 'none';

/**
 * How a machine that exists already is reached: what the manifest says, nothing of a credential. Keys, the agent, jump
 * hosts' keys and `~/.ssh/config` are the site worker's own, and a password is a reference that the worker resolves.
 */
export interface MachineConnection {
  /** Address or name, as the site's worker reaches it; an alias of its `~/.ssh/config`, too. */
  readonly host: string;
  /** Undefined: what `~/.ssh/config` says, else 22. */
  readonly port?: number;
  /** Undefined: what `~/.ssh/config` says, else the worker's own user. */
  readonly user?: string;
  /** OpenSSH public key that the machine must prove: type and base64. */
  readonly hostKey: string;
  readonly become: Become;
  /** Of the login, and of sudo. */
  readonly password?: { readonly name: string; readonly ref: SecretRef };
  /** Jump hosts in the order in which they are gone through, `[user@]host[:port]`; undefined: what `~/.ssh/config` says. */
  readonly via?: readonly string[];
}
