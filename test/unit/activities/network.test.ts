import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { waitForBanner } from '../../../src/activities/banner.js';
import type { SiteDeps } from '../../../src/activities/deps.js';
import { checkOutside, type OutsideCheck } from '../../../src/activities/outside.js';
import { SimSite } from '../../support/sim.js';

const open: Server[] = [];
async function listen(server: Server): Promise<{ host: string; port: number }> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}
const serve = (onConnection: (socket: Socket) => void) =>
  listen(createServer((socket) => onConnection(socket.on('error', () => undefined))));

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});
const never = new AbortController().signal;

describe('waiting for an SSH banner', () => {
  it('hears the server although the first connections are accepted and never answered', async () => {
    let connections = 0;
    const endpoint = await serve((socket) => {
      if (++connections === 3) socket.write('SSH-2.0-Test\r\n');
    });
    expect(await waitForBanner(endpoint, 10_000, never)).toBe('SSH-2.0-Test');
  });

  it('gives up after its time', async () => {
    const endpoint = await serve(() => undefined);
    expect(await waitForBanner(endpoint, 300, never)).toBeUndefined();
  });

  it('ends at once when it is told to', async () => {
    const endpoint = await serve(() => undefined);
    const stop = new AbortController();
    const waiting = waitForBanner(endpoint, 60_000, stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('a check from outside', () => {
  const at = (endpoint: { host: string; port: number }): SiteDeps => {
    const deps = new SimSite().deps();
    const reach = async () => ({ ...endpoint, release: async () => undefined });
    return { ...deps, provider: { ...deps.provider, reach } };
  };
  const check = (more: object) =>
    ({ id: 'x', from: 'outside', withinMs: 0, port: 80, ...more }) as OutsideCheck;

  it('holds where a port accepts connections and keeps them', async () => {
    const endpoint = await serve(() => undefined);
    expect(
      await checkOutside(at(endpoint), { instance: 'i', hostKey: '' }, check({ type: 'tcp' }), never),
    ).toMatchObject({ ok: true });
  });

  it('does not take a forwarder that accepts and closes at once for a service', async () => {
    const endpoint = await serve((socket) => socket.destroy());
    expect(
      await checkOutside(at(endpoint), { instance: 'i', hostKey: '' }, check({ type: 'tcp' }), never),
    ).toMatchObject({
      ok: false,
      value: 'closed at once: nobody listens',
    });
  });

  it('compares the status of an HTTP answer, redirects not followed', async () => {
    const server = createHttp((request, response) => {
      response.writeHead(request.url === '/ok' ? 200 : 302, { location: '/ok' }).end();
    });
    const endpoint = await listen(server);
    const http = (path: string) =>
      checkOutside(
        at(endpoint),
        { instance: 'i', hostKey: '' },
        check({ type: 'http', path, status: 200 }),
        never,
      );
    expect(await http('/ok')).toMatchObject({ ok: true });
    expect(await http('/old')).toMatchObject({ ok: false, value: 'answered 302, expected 200' });
  });

  it('is tried again until it holds', async () => {
    let connections = 0;
    const endpoint = await serve((socket) => {
      if (++connections < 3) socket.destroy();
    });
    const evidence = await checkOutside(
      at(endpoint),
      { instance: 'i', hostKey: '' },
      check({ type: 'tcp', withinMs: 10_000 }),
      never,
    );
    expect(evidence.ok).toBe(true);
  });
});
