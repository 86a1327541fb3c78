import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporalBinary } from '../../support/temporal.js';
import { binary, Desk, freePort } from './support.js';

let desk: Desk;
const started: number[] = [];
const alone = { TEMPORAL_ADDRESS: undefined };

beforeAll(async () => {
  desk = await Desk.open();
  mkdirSync(join(desk.state, 'bin'), { recursive: true, mode: 0o700 });
  symlinkSync(temporalBinary(), join(desk.state, 'bin', 'temporal'));
});

afterAll(async () => {
  await desk.run(['dev', 'stop'], { env: alone });
  for (const pid of started) if (lives(pid)) process.kill(pid, 'SIGKILL');
  desk.close();
});

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

interface DevStatus {
  readonly running: boolean;
  readonly pid: number | null;
  readonly server: { readonly pid: number; readonly answers: boolean } | null;
}
const status = async (): Promise<DevStatus> =>
  JSON.parse((await desk.run(['dev', 'status', '-o', 'json'], { env: alone })).stdout) as DevStatus;

async function detach(args: readonly string[] = []): Promise<DevStatus> {
  const result = await desk.run(['dev', '--detach', ...args], { env: alone });
  expect([result.code, result.stderr]).toEqual([
    0,
    expect.stringContaining('millwright dev runs as process'),
  ]);
  const now = await status();
  started.push(now.pid ?? 0, now.server?.pid ?? 0);
  return now;
}

it('comes up, is found by every command, refuses a second, survives kill -9, and stops cleanly', async () => {
  const [grpc, ui] = [await freePort(), await freePort()];
  const ports = ['--port', String(grpc), '--ui-port', String(ui)];
  const first = await detach(ports);
  expect(first).toMatchObject({ running: true, server: { answers: true } });

  const pid = await desk.run(['dev', 'pid'], { env: alone });
  expect(pid.stdout).toBe(`${first.pid}\n`);
  const doctor = await desk.run(['doctor', '-o', 'json'], { env: alone });
  const { checks } = JSON.parse(doctor.stdout) as { checks: { name: string; state: string; text: string }[] };
  const found = Object.fromEntries(checks.map((one) => [one.name, one]));
  expect(found['Temporal server']?.text).toContain(`127.0.0.1:${grpc}`);
  for (const name of ['search attributes', 'workers', 'record', 'store'])
    expect(found[name]?.state).toBe('ok');

  const second = await desk.run(['dev', ...ports], { env: alone });
  expect([second.code, second.stderr]).toEqual([9, expect.stringContaining('MW-BUSY-DEV')]);

  process.kill(first.pid ?? 0, 'SIGKILL');
  expect(await status()).toMatchObject({ running: false, server: { pid: first.server?.pid, answers: true } });
  const again = await detach(ports);
  expect(again.server?.pid).toBe(first.server?.pid);
  expect(again.pid).not.toBe(first.pid);

  process.kill(again.pid ?? 0, 'SIGKILL');
  process.kill(again.server?.pid ?? 0, 'SIGKILL');
  const third = await detach(ports);
  expect(third.server?.pid).not.toBe(first.server?.pid);

  expect((await desk.run(['dev', 'stop'], { env: alone })).code).toBe(0);
  expect([lives(third.pid ?? 0), lives(third.server?.pid ?? 0)]).toEqual([false, false]);
  expect((await desk.run(['dev', 'pid'], { env: alone })).code).toBe(7);
});

it('names the port that another program has', async () => {
  const holder = spawn(process.execPath, [
    '-e',
    "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port)})",
  ]);
  started.push(holder.pid ?? 0);
  const port = await new Promise<string>((resolve) =>
    holder.stdout.once('data', (data: Buffer) => resolve(data.toString().trim())),
  );
  const { code, stderr } = await desk.run(['dev', '--port', port, '--ui-port', String(await freePort())], {
    env: alone,
  });
  expect(code).toBe(7);
  expect(stderr).toContain(
    `MW-DEV-PORT  Port ${port} of 127.0.0.1, for Temporal's server, is taken by another program.`,
  );
});

it('refuses to start a server beside one that is named elsewhere', async () => {
  const { code, stderr } = await desk.run(['dev', '--port', String(await freePort())], {
    env: { TEMPORAL_ADDRESS: 'temporal.example:7233' },
  });
  expect(code).toBe(2);
  expect(stderr).toContain('TEMPORAL_ADDRESS or a profile names temporal.example:7233');
});

it('in the foreground it ends on SIGINT, its server with it', async () => {
  const args = ['dev', '--port', String(await freePort()), '--ui-port', String(await freePort())];
  const child = spawn(process.execPath, [binary, ...args], {
    cwd: desk.dir,
    env: desk.env(alone),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  started.push(child.pid ?? 0);
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
    child.stderr.on('data', (data: Buffer) => {
      if (data.toString().includes('Ctrl-C stops')) resolve();
    });
  });
  const { server } = await status();
  started.push(server?.pid ?? 0);
  child.kill('SIGINT');
  expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0);
  expect(lives(server?.pid ?? 0)).toBe(false);
});
