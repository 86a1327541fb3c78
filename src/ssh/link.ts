import type { Client } from 'ssh2';
import type { MillwrightError } from '../model/index.js';

/** A connection whose host key is proven. */
export interface Link {
  readonly client: Client;
  /** e.g. `SSH-2.0-OpenSSH_9.2p1 Debian-2`. */
  readonly banner: string;
  alive(): boolean;
  /** The failure to report for a connection that died: hung up, or silent for three keepalives. */
  lost(when: string, error?: unknown): MillwrightError;
  /** Ends it at once, saying goodbye if the other side still listens. */
  end(): void;
}
