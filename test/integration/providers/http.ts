import { connect } from 'node:net';

/** Status of a GET on an endpoint; `refused` when nobody listens. */
export function httpStatus(at: { host: string; port: number } | undefined): Promise<string> {
  if (!at) throw new Error('no endpoint');
  return new Promise((resolve) => {
    const socket = connect(at.port, at.host, () => socket.write('GET /nothing HTTP/1.0\r\n\r\n'));
    socket.once('data', (data) => {
      resolve(data.toString('latin1').split(' ')[1] ?? '');
      socket.destroy();
    });
    socket.once('error', () => resolve('refused'));
  });
}
