import { createServer } from 'node:net';
import { MillwrightError } from '../../model/index.js';

/** Refuses by name where a port is taken: a server that answers to somebody else must not be ours by accident. */
export async function requireFree(port: number, what: string): Promise<void> {
  if (await isFree(port)) return;
  throw new MillwrightError(
    {
      code: 'MW-DEV-PORT',
      cause: 'infrastructure',
      message: `Port ${port} of 127.0.0.1, for ${what}, is taken by another program.`,
      remedy: `End that program, or choose another port: millwright dev --port ${port + 100}`,
    },
    false,
  );
}

export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
