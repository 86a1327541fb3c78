import type { ClientChannel } from 'ssh2';
import type { Link } from './connect.js';

/**
 * How the start of a command went. `not-started`: it certainly didn't run. `unknown`: the connection died after the
 * request was sent. `session` and `exec` were refused by a living sshd.
 */
export type Started =
  | { readonly channel: ClientChannel }
  | { readonly failed: 'session' | 'exec' | 'not-started' | 'unknown'; readonly error: Error };

export function start(link: Link, command: string): Promise<Started> {
  return new Promise((resolve) => {
    try {
      link.client.exec(command, (error, channel) => {
        resolve(error ? { failed: classify(link, error), error } : { channel });
      });
    } catch (error) {
      resolve({ failed: 'not-started', error: error as Error });
    }
  });
}

/** ssh2 opens the channel first and sends the command after the answer, so its errors say how far it came. */
function classify(
  link: Link,
  error: Error & { reason?: unknown },
): 'session' | 'exec' | 'not-started' | 'unknown' {
  if (typeof error.reason === 'number') return 'session';
  if (error.message !== 'Unable to exec') return 'not-started';
  return link.alive() ? 'exec' : 'unknown';
}
