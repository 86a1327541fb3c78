import { connect, type Socket } from 'node:net';

/** How many connections wait at a time: dropbear turns logins away when more than five haven't logged in. */
const atOnce = 3;

/** Pause before another try: the longer it takes, the slower the guest, and the longer each try must live to be heard. */
const pauseMs = (elapsedMs: number): number => Math.max(250, elapsedMs / 12);

/** Resolves with the banner, or undefined when nobody spoke within `withinMs`; rejects when `signal` aborts. */
export type WaitForBanner = (
  endpoint: { readonly host: string; readonly port: number },
  withinMs: number,
  signal: AbortSignal,
) => Promise<string | undefined>;

/**
 * Waits for an SSH server to speak at an address that may accept connections long before anybody listens behind it (a
 * hypervisor's port forwarding): the first of several overlapping connections that shows a banner wins.
 */
export const waitForBanner: WaitForBanner = (endpoint, withinMs, signal) =>
  new Promise((resolve, reject) => {
    const sockets: Socket[] = [];
    const began = Date.now();
    let next: NodeJS.Timeout | undefined;
    const finish = (settle: () => void): void => {
      clearTimeout(next);
      clearTimeout(end);
      for (const socket of sockets) socket.destroy();
      signal.removeEventListener('abort', abort);
      settle();
    };
    const abort = (): void => finish(() => reject(signal.reason));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    const open = (): void => {
      sockets.push(openSocket(endpoint, (banner) => finish(() => resolve(banner))));
      if (sockets.length > atOnce) sockets.shift()?.destroy();
      clearTimeout(next);
      next = setTimeout(open, pauseMs(Date.now() - began));
    };
    const end = setTimeout(() => finish(() => resolve(undefined)), withinMs);
    open();
  });

function openSocket(
  endpoint: { readonly host: string; readonly port: number },
  heard: (banner: string) => void,
): Socket {
  const socket = connect({ ...endpoint });
  socket.setEncoding('latin1');
  socket.on('data', (text) => String(text).startsWith('SSH-') && heard(String(text).trim()));
  socket.on('error', () => socket.destroy());
  return socket;
}
