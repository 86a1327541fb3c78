import { createServer } from 'node:net';
import type { Jumps } from './jumps.js';
import type { SshTarget } from './port.js';

interface Forward {
  readonly host: string;
  readonly port: number;
  release(): Promise<void>;
}

/** Where a port of the target's host is reached from here; through jump hosts it is a loopback port of this process. */
export async function forward(target: SshTarget, port: number, jumps: Jumps): Promise<Forward> {
  if (!target.via || target.via.length === 0)
    return { host: target.host, port, release: async () => undefined };
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    jumps.open(target, port).then(
      (stream) => {
        stream.on('error', () => socket.destroy());
        socket.pipe(stream).pipe(socket);
      },
      () => socket.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const local = typeof address === 'object' && address !== null ? address.port : 0;
  const release = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
    });
  return { host: '127.0.0.1', port: local, release };
}
