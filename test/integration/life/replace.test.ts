import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../../support/stack.js';
import { SiteFleet } from './site.js';

const said = ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr;
const disk = '    disks:\n      data: {size: 64MiB, filesystem: ext4, mount: /data, keep: true}\n';

describe('replacing a real machine', () => {
  let stack: Stack;
  let site: SiteFleet;
  beforeAll(async () => {
    stack = await Stack.start();
    site = new SiteFleet(stack, 'replace', { config: 'port 80', group: disk });
    const up = await site.run('up', '--yes');
    expect(up.code, said(up)).toBe(0);
  });
  afterAll(() => stack?.stop());

  it('keeps the disk that is to be kept, and makes everything else anew', async () => {
    await site.on('sh', '-c', 'echo precious > /data/kept; echo lost > /srv/lost; sync');
    const [before] = stack.qemu();
    const refused = await site.run('replace', 'node-1');
    expect(refused.code, said(refused)).toBe(2);
    const replaced = await site.run('replace', 'node-1', '--yes');
    expect(replaced.code, said(replaced)).toBe(0);
    const machines = stack.qemu();
    expect(machines).toHaveLength(1);
    expect(machines[0]?.key).not.toBe(before?.key);
    expect((await site.on('cat', '/data/kept')).stdout.trim()).toBe('precious');
    expect((await site.on('test', '-e', '/srv/lost')).code).not.toBe(0);
    expect((await site.page()).status).toBe(200);
    expect(said(await site.run('up', '--yes'))).toContain('nothing to do');
  });

  it('gives a machine its new memory by a power cycle when the plan says so', async () => {
    site.manifest = site.manifest.replace('memory: 128MiB', 'memory: 192MiB');
    const plan = await site.run('plan');
    expect(plan.stdout).toMatch(/power cycle/);
    const up = await site.run('up', '--yes');
    expect(up.code, said(up)).toBe(0);
    const memory = Number((await site.on('sh', '-c', "awk '/MemTotal/{print $2}' /proc/meminfo")).stdout);
    expect(memory).toBeGreaterThan(150_000);
    expect((await site.on('cat', '/data/kept')).stdout.trim()).toBe('precious');
    expect(said(await site.run('up', '--yes'))).toContain('nothing to do');
  });
});
