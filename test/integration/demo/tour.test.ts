import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedImages } from '../../support/stack.js';
import { temporalBinary } from '../../support/temporal.js';

const binary = new URL('../../../bin/millwright.js', import.meta.url).pathname;

/** The README's demo and tour on real Debian machines, each command as a person types it. */
describe('the demo and the tour', () => {
  // A short path: sockets lie under it.
  const root = mkdtempSync(join(tmpdir(), 'mw-tour-'));
  const state = join(root, 's');
  const base = {
    CI: 'true',
    NO_COLOR: '1',
    MILLWRIGHT_STATE: state,
    PATH: `${dirname(temporalBinary())}:${process.env.PATH}`,
    TEMPORAL_ADDRESS: undefined,
  };
  let env: Record<string, string | undefined> = base;

  const millwright = (args: readonly string[], cwd = root) =>
    execa(process.execPath, [binary, ...args], { cwd, env, reject: false, stdin: 'ignore' });
  const shop = () => join(state, 'demo', 'shop');
  const inShop = (...args: string[]) => millwright(args, shop());
  const secret = () => readFileSync(join(state, 'demo', 'SHOP_DB_PASSWORD'), 'utf8').trim();
  const said = (result: { stdout: string; stderr: string }) => `${result.stdout}\n${result.stderr}`;

  beforeAll(() => {
    mkdirSync(state, { mode: 0o700 });
    symlinkSync(sharedImages(), join(state, 'images'));
  });
  afterAll(async () => {
    if (existsSync(shop())) await millwright(['demo', '--down', '-y']);
    for (const pid of leftover(state)) process.kill(pid, 'SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });

  it('makes the shop, proves it, and changes nothing the second time', async () => {
    const demo = await millwright(['demo', '-y']);
    expect(demo.exitCode, said(demo)).toBe(0);
    expect(said(demo)).toMatch(/nothing to do: \d+ resources ok on 3 machines/);
    env = { ...base, ...readEnv(join(state, 'demo', 'env')), SHOP_DB_PASSWORD: secret() };
    // Three machines in software emulation, beside whatever else this host does.
  }, 1_800_000);

  it('leaves an env file with which `millwright` can be typed as it stands in the tour', async () => {
    const typed = `. ${join(state, 'demo', 'env')} && cd ${shop()} && millwright version`;
    const { stdout } = await execa('sh', ['-c', typed], { env: base });
    expect(stdout).toMatch(/^millwright \d/);
  });

  it('serves the shop on the URLs that it prints, and links to the Temporal UI', async () => {
    const status = await inShop('status', '-o', 'json');
    const { urls, machines } = JSON.parse(status.stdout) as StatusDocument;
    expect(machines.map(({ machine, state: now }) => `${machine} ${now}`)).toEqual([
      'db-1 verified',
      'web-1 verified',
      'web-2 verified',
    ]);
    expect(urls).toHaveLength(2);
    for (const { url } of urls) {
      const health = await fetch(new URL('/healthz', url));
      expect(health.status).toBe(200);
    }
    const ui = said(await inShop('up', '--yes')).match(/http:\/\/127\.0\.0\.1:\d+\/namespaces\S+/)?.[0];
    expect((await fetch(ui ?? expect.fail('no Temporal URL'))).status).toBe(200);
  });

  it('gives the web machines a database they can log in to with the secret, and keeps the secret to itself', async () => {
    const places = ['record.db', 'record.db-wal', 'temporal.db', 'temporal.db-wal', 'worker.log'];
    const files = [...places.map((name) => join(state, name)), ...filesOf(join(state, 'store'))];
    expect(files.filter((file) => existsSync(file) && readFileSync(file).includes(secret()))).toEqual([]);
    const query = `PGPASSWORD='${secret()}' psql -h 10.77.0.10 -U shop -tAc 'select 40 + 2' shop`;
    const answer = await inShop('exec', 'web-1', '--', 'sh', '-c', query);
    expect(answer.stdout, said(answer)).toContain('42');
  });

  it('finds what somebody broke by hand, and mends it though every worker is killed meanwhile', async () => {
    await inShop('exec', 'web-1', '--', 'rm', '/etc/nginx/conf.d/shop.conf');
    const plan = await inShop('plan', '--exit-code');
    expect(plan.exitCode, said(plan)).toBe(4);
    expect(plan.stdout).toContain('file:/etc/nginx/conf.d/shop.conf');
    const up = inShop('up', '--yes');
    const pid = Number((await inShop('dev', 'pid')).stdout.trim());
    process.kill(pid, 'SIGKILL');
    const dev = await inShop('dev', '--detach');
    expect(dev.exitCode, said(dev)).toBe(0);
    const mended = await up;
    expect(mended.exitCode, said(mended)).toBe(0);
    expect(said(await inShop('up', '--yes'))).toMatch(/nothing to do/);
  });

  it('stops at a config that nginx refuses, asks, and rolls back, and the site answers all along', async () => {
    const file = join(shop(), 'files', 'shop.conf');
    const good = readFileSync(file, 'utf8');
    await execa('sh', ['-c', 'echo "oops;" >> "$1"', 'sh', file]);
    const up = await inShop('up', '--yes');
    expect(up.exitCode, said(up)).toBe(3);
    expect(said(up)).toContain('MW-CHANGE-VALIDATE');
    expect(said(up)).toContain('unknown directive "oops"');
    const { urls } = JSON.parse((await inShop('status', '-o', 'json')).stdout) as StatusDocument;
    for (const { url } of urls) expect((await fetch(new URL('/healthz', url))).status).toBe(200);
    const run = said(up).match(/millwright rollback (\d+)/)?.[1] ?? expect.fail(said(up));
    const back = await inShop('rollback', run, '--yes');
    expect(back.exitCode, said(back)).toBe(5);
    for (const { url } of urls) expect((await fetch(new URL('/healthz', url))).status).toBe(200);
    await execa('sh', ['-c', 'printf %s "$1" > "$2"', 'sh', good, file]);
    const again = await inShop('up', '--yes');
    expect(again.exitCode, said(again)).toBe(0);
  });

  it('says afterwards what changed a machine, when and by whom', async () => {
    const history = await inShop('history', 'web-1');
    expect(history.stdout).toMatch(/run 1 .* up by /);
    expect(history.stdout).toContain('package:nginx-light');
    const logs = await inShop('logs', 'web-1');
    expect(logs.stdout).toContain('file:/etc/nginx/conf.d/shop.conf');
    const render = await inShop('render', 'db-1', 'command:set password of role shop');
    expect(render.stdout).toContain('secret dbPassword');
  });

  it('destroys the machines and names the kept disk', async () => {
    const destroy = await inShop('destroy', '--yes');
    expect(destroy.exitCode, said(destroy)).toBe(0);
    expect(said(destroy)).toMatch(/kept data/);
    expect(leftover(join(state, 'instances'))).toEqual([]);
  });
});

interface StatusDocument {
  readonly urls: readonly { readonly url: string }[];
  readonly machines: readonly { readonly machine: string; readonly state: string }[];
}

function readEnv(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8').matchAll(/^export (\w+)='(.*)'$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value] as [string, string]));
}

const filesOf = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Processes that have the folder on their command line: QEMU, the Temporal server. */
function leftover(dir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => commandLine(pid).includes(`${dir}/`))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // It ended between the listing and the look.
  }
}
