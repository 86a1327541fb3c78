import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LastScan, ScheduleDocument } from '../../../src/cli/schedule/document.js';
import { fleetUid } from '../../support/fleet.js';
import { type CliResult, Stack } from '../../support/stack.js';
import { temporalBinary } from '../../support/temporal.js';
import { Load } from './load.js';
import { type Shop, ShopFleet } from './shop.js';

const strategy = `    onFailure: ask
    rollout:
      batches: [1, 100%]
      soak: 5s
      watch:
        - {http: /, port: 80, every: 1s}
`;
const sections = `gates:
  - {after: canary, group: web, from: [platform]}
reconcile: {every: 12h, mode: report}
`;
const careful = (page: string, port?: number): Shop => ({ page, port, rollout: strategy, sections });

const told = ({ code, stdout, stderr }: CliResult): string => `exit ${code}\n${stdout}\n${stderr}`;
const web = ['web-1', 'web-2', 'web-3', 'web-4'];
const all = (page: string): string[] => web.map((machine) => `${machine} ${page}`);

/** Every machine is booted once; each case goes on where the one before it ended. */
describe('rollouts on real machines behind a real haproxy', () => {
  const people = mkdtempSync(join(tmpdir(), 'mw-people-'));
  let key: string;
  let stack: Stack;
  let shop: ShopFleet;
  let front: string;
  let load: Load | undefined;

  beforeAll(async () => {
    key = await newKey('platform');
    const policy = `version: 1\napprovers:\n  platform: {keys: ["${readFileSync(`${key}.pub`, 'utf8').trim()}"]}\n`;
    writeFileSync(join(people, 'policy.yaml'), policy, { mode: 0o600 });
    stack = await Stack.start({ settings: `policy: ${join(people, 'policy.yaml')}\n` });
    shop = new ShopFleet(stack);
    shop.write({ page: 'release 1' });
    const up = await shop.run('up', '--yes');
    expect(up.code, `${told(up)}\n${stack.logs()}`).toBe(0);
    front = await shop.url('lb-1');
  }, 1_800_000);
  afterAll(async () => {
    await load?.stop();
    await stack?.stop();
    rmSync(people, { recursive: true, force: true });
  });

  const run = (...args: string[]): Promise<CliResult> => shop.run(...args);

  async function newKey(name: string): Promise<string> {
    const file = join(people, name);
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
    return file;
  }

  /** The same without us, as the documentation says. */
  const temporal = (name: string, input: object) =>
    execa(
      temporalBinary(),
      [
        ...['workflow', 'update', 'execute', '-w', `rollout/${fleetUid('rollout')}/dev`],
        ...['--name', name, '--input', JSON.stringify(input)],
      ],
      { env: { TEMPORAL_ADDRESS: stack.env.TEMPORAL_ADDRESS }, reject: false },
    );

  let number: string;
  const approve = (file: string) => run('approve', number, '--as', 'platform', '--key', file, '--yes');

  it('change the canary, and wait for people', async () => {
    load = new Load(front);
    expect(await load.next(20)).toEqual(all('release 1'));
    shop.write(careful('release 2'));
    const up = await run('up', '--yes');
    expect(up.code, told(up)).toBe(3);
    expect(told(up)).toContain('canary:web');
    number = told(up).match(/millwright approve (\d+)/)?.[1] ?? expect.fail(told(up));
    expect(await load.next(20)).toEqual(['web-1 release 2', ...all('release 1').slice(1)]);
  });

  it('take no word but a signature of who is asked, and are held back by a bare temporal', async () => {
    const forged = await approve(await newKey('stranger'));
    expect(forged.code, told(forged)).toBe(9);
    expect(told(forged)).toContain('MW-VOTE-KEY');
    const plain = await temporal('approve', { by: 'platform', gate: 'canary:web' });
    expect(plain.exitCode, plain.stdout).not.toBe(0);
    expect(`${plain.stdout}${plain.stderr}`).toContain('MW-VOTE-');
    const paused = await temporal('pause', { by: 'anna', reason: 'looking' });
    expect(paused.exitCode, `${paused.stdout}${paused.stderr}`).toBe(0);
    expect((await run('status')).stdout).toMatch(/paused .*anna.*looking/);
    expect((await temporal('resume', { by: 'anna' })).exitCode).toBe(0);
    expect((await run('status')).stdout).not.toContain('looking');
  });

  it('spread to all once it is signed, and no request fails', async () => {
    const approved = await approve(key);
    expect(approved.code, told(approved)).toBe(0);
    const rest = await run('up', '--yes');
    expect(rest.code, told(rest)).toBe(0);
    expect(await load?.next(20)).toEqual(all('release 2'));
    await load?.stop();
    expect(load?.failed).toEqual([]);

    // Those that were created were not in use yet; then each was taken out and put back, the canary before all others.
    const around = await shop.surroundings();
    expect(around.slice(0, 2)).toEqual(['drain web-1', 'restore web-1']);
    expect([...around].sort()).toEqual(
      ['drain', 'restore'].flatMap((act) => web.map((one) => `${act} ${one}`)),
    );
    expect(await shop.drained()).toEqual([]);
  });

  it('stop at a canary that does not verify, and put it back, while the others answer', async () => {
    load = new Load(front);
    shop.write(careful('release 3', 81)); // not where the verification asks
    const up = await run('up', '--yes');
    expect(up.code, told(up)).toBe(3);
    expect(told(up)).toContain('MW-VERIFY');
    expect(told(up)).toMatch(/web-1 .*drained from lb-1/);
    // It stays out of use: nobody is sent to what is broken.
    expect((await run('status')).stdout).toContain('! web-1  drained from lb-1 until verified');
    expect(await shop.drained()).toEqual(['web-1']);
    expect(await load.next(20)).toEqual(all('release 2').slice(1));

    number = told(up).match(/millwright rollback (\d+)/)?.[1] ?? expect.fail(told(up));
    const back = await run('rollback', number, '--yes');
    expect(back.code, told(back)).toBe(5);
    expect(told(back)).toMatch(/web-1 .*rolled back, verified/);
    expect(await shop.drained()).toEqual([]);
    expect(await load.next(20)).toEqual(all('release 2'));
    await load.stop();
    expect(load.failed).toEqual([]);
    const page = await shop.on('web-1', 'cat /etc/web.conf; cat /srv/index.html');
    expect(page).toContain('80release 2');
    expect((await shop.surroundings()).slice(-2)).toEqual(['drain web-1', 'restore web-1']);
    shop.write(careful('release 2'));
  });

  it('replace a machine by one that is well before the old one goes', async () => {
    const old = stack.qemu().map(({ key: one }) => one);
    const seen: { readonly old: boolean; readonly page: string }[] = [];
    const watching = new AbortController();
    const watch = (async () => {
      while (!watching.signal.aborted) {
        const now = stack.qemu().map(({ key: one }) => one);
        const fresh = now.find((one) => !old.includes(one));
        const both = old.every((one) => now.includes(one));
        if (fresh !== undefined) seen.push({ old: both, page: await pageOf(fresh) });
        await pause(100);
      }
    })();
    const replaced = await run('replace', 'pool-1', '--yes');
    watching.abort();
    await watch;
    expect(replaced.code, told(replaced)).toBe(0);
    expect(stack.qemu()).toHaveLength(old.length);
    // There was a time with both, and the new one answered before the old one was gone.
    expect(seen[0]?.old).toBe(true);
    expect(seen).toContainEqual({ old: true, page: 'spare' });
    expect(seen.filter((one) => !one.old && one.page !== 'spare')).toEqual([]);
    expect((await shop.surroundings()).slice(-2)).toEqual(['drain pool-1', 'restore pool-1']);
    expect(await (await fetch(await shop.url('pool-1'))).text()).toBe('spare');
  });

  /** What a machine's published port says; empty while nothing does. */
  async function pageOf(instance: string): Promise<string> {
    try {
      const file = join(stack.state, 'instances', instance, 'running.json');
      const { ports } = JSON.parse(readFileSync(file, 'utf8')) as { ports: Record<string, number> };
      const signal = AbortSignal.timeout(5_000);
      const answer = await fetch(`http://127.0.0.1:${ports[80]}/`, { signal });
      return answer.ok ? (await answer.text()).trim() : '';
    } catch {
      return '';
    }
  }

  it('are what scheduled scans compare with: drift is told, and mended once that is asked for', async () => {
    expect(await scanned()).toMatchObject({ mode: 'report', counts: { aligned: 6 }, mended: 0 });
    await shop.on('web-2', 'rm /etc/motd');
    expect(await scanned()).toMatchObject({ counts: { aligned: 5, drifted: 1 }, mended: 0, run: null });
    const status = await run('status');
    expect(status.stdout).toMatch(/! web-2 {2}drifted since \d\d:\d\dZ: file:\/etc\/motd/);
    // To tell is all that was asked for.
    expect(await shop.on('web-2', 'ls /etc')).not.toContain('motd');

    await ok('schedule', 'delete', 'main');
    await ok('schedule', 'create', 'main', '--every', '12h', '--mode', 'enforce');
    const scan = await scanned();
    expect(scan).toMatchObject({ mode: 'enforce', mended: 1 });
    expect(await shop.on('web-2', 'cat /etc/motd')).toContain('managed by Millwright');
    expect(told(await run('status'))).not.toContain('drifted');
    expect((await run('history', 'web-2')).stdout).toMatch(new RegExp(`run ${scan.run} .*reconcile`));
    expect((await shop.surroundings()).slice(-2)).toEqual(['drain web-2', 'restore web-2']);
    expect(await scanned()).toMatchObject({ counts: { aligned: 6 }, mended: 0 });
  });

  it('remove a machine that nobody is sent to any more', async () => {
    load = new Load(front);
    expect(await load.next(20)).toEqual(all('release 2'));
    shop.write({ page: 'release 2', count: 3 });
    const plan = await run('plan', '--allow-destroy');
    expect(plan.stdout, told(plan)).toContain('it is drained from lb-1 before that (groups.web.around)');
    await ok('up', '--yes', '--allow-destroy');
    expect(await load.next(20)).toEqual(all('release 2').slice(0, 3));
    await load.stop();
    expect(load.failed).toEqual([]);
    expect((await shop.surroundings()).at(-1)).toBe('drain web-4');
    expect((await run('status')).stdout).not.toContain('drained from');
  });

  async function ok(...args: string[]): Promise<CliResult> {
    const result = await run(...args);
    expect(result.code, told(result)).toBe(0);
    return result;
  }

  /** Triggers the schedule and waits for what its scan found. */
  async function scanned(): Promise<LastScan> {
    const last = async () =>
      (await shop.json<ScheduleDocument>('schedule', 'list')).schedules[0]?.lastScan ?? undefined;
    const before = await last();
    await ok('schedule', 'trigger');
    return stack.until(
      'a scan ends',
      async () => {
        await pause(500);
        const now = await last();
        return now?.scan === before?.scan ? undefined : now;
      },
      300,
    );
  }
});
