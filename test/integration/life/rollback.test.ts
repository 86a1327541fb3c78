import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../../support/stack.js';
import { SiteFleet } from './site.js';

const good = { config: 'port 80' };
const said = ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr;

describe('a bad revision on a real machine', () => {
  let stack: Stack;
  let site: SiteFleet;
  beforeAll(async () => {
    stack = await Stack.start();
    site = new SiteFleet(stack, 'rollback', good);
    const up = await site.run('up', '--yes');
    expect(up.code, said(up)).toBe(0);
  });
  afterAll(() => stack?.stop());

  const isAligned = async () => {
    site.write(good);
    const up = await site.run('up', '--yes');
    expect(up.code, said(up)).toBe(0);
    expect(said(up)).toContain('nothing to do');
  };

  it('with a config that its service refuses waits for a person; rollback brings the old bytes back and the site answers all along', async () => {
    const before = await site.on('sh', '-c', 'cat /etc/web.conf; stat -c "%a %U" /etc/web.conf');
    site.write({
      config: 'oops',
      resources: '      - file: /etc/added-by-the-bad-revision\n        content: "x"\n',
    });
    const up = await site.run('up', '--yes');
    expect(up.code, said(up)).toBe(3);
    expect(said(up)).toContain('unknown directive oops');
    expect((await site.page()).status).toBe(200);
    const status = await site.run('status');
    expect(status.stdout).toMatch(/run 2 waits for you: 1 open question/);
    const back = await site.run('rollback', site.runOf(up), '--yes');
    expect(back.code, said(back)).toBe(5);
    expect((await site.on('sh', '-c', 'cat /etc/web.conf; stat -c "%a %U" /etc/web.conf')).stdout).toBe(
      before.stdout,
    );
    expect((await site.on('test', '-e', '/etc/added-by-the-bad-revision')).code).not.toBe(0);
    expect(await site.page()).toEqual({ status: 200, body: 'good' });
    await isAligned();
  });

  it('isn’t tried again by itself', async () => {
    site.write({
      config: 'oops',
      resources: '      - file: /etc/added-by-the-bad-revision\n        content: "x"\n',
    });
    const up = await site.run('up', '--yes');
    expect(up.code, said(up)).toBe(9);
    expect(said(up)).toContain('--again');
    await isAligned();
  });

  it('whose apply is good and whose verification fails is rolled back by policy, without a person', async () => {
    site.write({ config: 'port 80', body: 'wrong', verify: answers('wonderful'), group: policy('rollback') });
    const up = await site.run('up', '--yes');
    expect(up.code, said(up)).toBe(5);
    expect(said(up)).toContain('MW-VERIFY-FAILED');
    expect(await site.page()).toEqual({ status: 200, body: 'good' });
    await isAligned();
  });

  it('with a step that nothing undoes skips the first rung, as the plan said, and touches nothing', async () => {
    site.write({ config: 'oops', resources: migration, group: policy('rollback') });
    const plan = await site.run('plan');
    expect(plan.stdout).toMatch(/Rollback cannot undo\s+node-1\s+command:migrate/);
    const up = await site.run('up', '--yes');
    expect(up.code, said(up)).toBe(6);
    expect(said(up)).toContain('MW-ROLLBACK-NOUNDO');
    expect((await site.on('cat', '/srv/schema')).stdout.trim()).toBe('2');
    expect((await site.page()).status).toBe(200);
    site.write({ config: 'port 80', resources: migration });
    const mended = await site.run('up', '--yes');
    expect(mended.code, said(mended)).toBe(0);
  });

  it('is undone by the snapshot from before it, where the group names that rung', async () => {
    site.write({ config: 'port 80', resources: migration, group: policy('rollback', '[restore, snapshot]') });
    expect((await site.run('up', '--yes')).code).toBe(0);
    const next = migration.replaceAll('2', '3');
    site.write({ config: 'oops', resources: next, group: policy('rollback', '[restore, snapshot]') });
    const plan = await site.run('plan');
    expect(plan.stdout).toMatch(/snapshot.*(discards|written)/i);
    const up = await site.run('up', '--yes');
    expect(up.code, said(up)).toBe(5);
    expect((await site.on('cat', '/srv/schema')).stdout.trim()).toBe('2');
    expect((await site.page()).status).toBe(200);
    const clock = Number((await site.on('date', '+%s')).stdout);
    expect(Math.abs(clock - Date.now() / 1000)).toBeLessThan(30);
  });

  it('whose rollback cannot be verified ends rollback-failed, 6', async () => {
    const broken =
      '      - command: the world is whole\n        from: inside\n        run: test ! -e /var/broken\n        within: 1s\n';
    site.write({ config: 'port 80', resources: migration, verify: broken, group: policy('rollback') });
    const verified = await site.run('up', '--yes');
    expect(verified.code, said(verified)).toBe(0);
    await site.on('touch', '/var/broken');
    site.write({ config: 'port 8080', resources: migration, verify: broken, group: policy('rollback') });
    const up = await site.run('up', '--yes');
    expect(up.code, said(up)).toBe(6);
    expect(said(up)).toMatch(/rollback.failed/i);
    expect((await site.page()).status).toBe(200);
    await site.on('rm', '/var/broken');
  });
});

const migration = `      - command: migrate to schema 2
        id: command:migrate
        run: echo 2 > /srv/schema
        unless: grep -qx 2 /srv/schema
`;
const policy = (onFailure: string, rungs = '[restore]') =>
  `    onFailure: ${onFailure}\n    rollback: ${rungs}\n`;
const answers = (body: string) =>
  `      - command: the page is ${body}\n        from: inside\n        run: busybox wget -qO- http://127.0.0.1/ | grep -q ${body}\n        within: 1s\n`;
