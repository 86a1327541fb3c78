import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { around } from '../../../src/activities/around.js';
import { probe } from '../../../src/activities/probe.js';
import {
  type Around,
  documentDomains,
  type InstanceInfo,
  type Probe,
  preimage,
  type Target,
} from '../../../src/model/index.js';
import type { ExecOptions, SshPool } from '../../../src/ssh/port.js';
import { readTarget } from '../../../src/store/documents.js';
import { Bench, codeOf, instance, ref, shape } from './site.js';

const addresses = { lan: '10.0.0.7', shop: '10.77.0.7' };

/** Commands are run here, by the shell of this machine. */
const here: SshPool['withSession'] = (_, use) =>
  use({
    banner: 'SSH-2.0-Here',
    upload: async () => undefined,
    exec: async ([command = '', ...args], { signal }: ExecOptions = {}) => {
      const options = { reject: false, stdin: 'ignore', cancelSignal: signal, extendEnv: true } as const;
      const { exitCode, stdout, stderr } = await execa(command, args, signal ? options : { ...options });
      signal?.throwIfAborted();
      return { code: exitCode ?? null, stdout, stderr };
    },
  });

let bench: Bench;
beforeEach(async () => {
  bench = new Bench();
  Object.assign(bench.deps.ssh, { withSession: here });
});

async function made(machine: string): Promise<InstanceInfo> {
  const request = { ref: { ...ref, machine }, instance: `uid/dev/${machine}@01A`, shape };
  await bench.deps.provider.create(
    { ...request, protect: false, loginKeys: [] },
    () => undefined,
    new AbortController().signal,
  );
  const vm = bench.site.vm(machine);
  vm.info = { ...vm.info, addresses: { shop: '10.77.0.5' } };
  return vm.info;
}

async function carriedOut(run: string, more: Partial<Around['drain']> = {}) {
  const step = { at: 'lb-1', site: 'main', run, settleMs: 0, timeoutMs: 5_000, ...more };
  const plain: Target = await readTarget(bench.site.store, (await bench.store('1')).target);
  const target = { ...plain, around: { drain: step, restore: step } };
  const digest = await bench.site.store.put(preimage(documentDomains.target, target));
  const task = { target: digest, machine: 'web-1', step: 'drain', addresses } as const;
  const result = await bench.run(() => around(bench.deps)(task));
  return { ...result, said: Buffer.from(await bench.site.store.get(result.evidence)).toString() };
}

describe('a step of around', () => {
  it('is told which machine it is about, and its address on a network of where it runs', async () => {
    await made('lb-1');
    const { said, failure } = await carriedOut('echo "$MACHINE at $ADDRESS"');
    expect(failure).toBeUndefined();
    expect(said).toBe('web-1 at 10.77.0.7');
  });

  it('fails with what it said, which is kept as evidence', async () => {
    await made('lb-1');
    const { said, failure } = await carriedOut('echo backend down; echo no such server >&2; exit 4');
    expect(failure).toEqual({
      ...{ code: 'MW-AROUND-DRAIN', cause: 'machine', message: 'drain of web-1 at lb-1 ended with 4' },
      detail: ['backend down', 'no such server'],
    });
    expect(said).toBe('backend down\nno such server');
  });

  it('fails where it does not end in time', async () => {
    await made('lb-1');
    const { failure } = await carriedOut('exec sleep 30', { timeoutMs: 200 });
    expect(failure).toMatchObject({ message: 'drain of web-1 at lb-1 did not end within 200 ms' });
  });

  it('is not carried out on a machine that is off, or gone, or of another site', async () => {
    expect(await codeOf(carriedOut('true'))).toBe('MW-MACHINE-GONE');
    await made('lb-1');
    bench.site.powerOff('lb-1');
    expect(await codeOf(carriedOut('true'))).toBe('MW-MACHINE-OFF');
    expect(await codeOf(carriedOut('true', { site: 'office' }))).toBe('MW-SITE-MISROUTED');
  });
});

describe('a probe', () => {
  const ask = async (probed: Probe) => {
    const task = { ...(await bench.task('01B', await bench.store('1'))), instance };
    return bench.run(() => probe(bench.deps)({ task, probe: probed }));
  };
  const command = (run: string): Probe => ({
    ...{ name: 'error rate', everyMs: 1_000, maxFailed: 0, type: 'command', run },
  });

  it('answers well or badly with what the command said at the machine', async () => {
    await made('web-1');
    expect(await ask(command('echo 3 of 100'))).toMatchObject({
      ...{ source: 'error rate', ok: true, value: '3 of 100' },
    });
    expect(await ask(command('echo 30 of 100; exit 1'))).toMatchObject({ ok: false, value: '30 of 100' });
    expect(await ask(command('exit 2'))).toMatchObject({ ok: false, value: 'exit 2' });
  });

  it('of http asks once, from the site', async () => {
    await made('web-1');
    let asked = 0;
    const server = createServer((_, response) => response.writeHead(++asked === 1 ? 500 : 200).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    bench.deps.provider.reach = async () => ({ host: '127.0.0.1', port, release: async () => undefined });
    const healthz = { name: '/healthz', everyMs: 1_000, maxFailed: 0, http: '/healthz', status: 200 };
    const answers = [];
    for (let n = 0; n < 2; n++) answers.push(await ask({ ...healthz, type: 'http', port: 80 }));
    server.close();
    expect(answers).toMatchObject([
      { source: '/healthz', ok: false, value: 'answered 500, expected 200' },
      { source: '/healthz', ok: true },
    ]);
  });

  it('answers badly of a machine that is gone or off: that is no fault of whoever asks', async () => {
    expect(await ask(command('true'))).toMatchObject({ ok: false });
    await made('web-1');
    bench.site.powerOff('web-1');
    expect(await ask(command('true'))).toMatchObject({ ok: false, value: 'web-1 is powered off' });
  });
});
