import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fleetUid } from '../../support/fleet.js';
import { type CliResult, Stack } from '../../support/stack.js';

const conf = '/etc/ssh/sshd_config.d/50-site.conf';
const said = ({ stdout, stderr }: CliResult) => stdout + stderr;

const manifest = (sshd: string) => `version: 1
fleet: deadman
uid: ${fleetUid('deadman')}
sites:
  main: {provider: qemu}
images:
  debian12: {build: {suite: bookworm, include: []}}
configs:
  base:
    resources:
      - file: ${conf}
        content: |
          ${sshd}
        risky: true
        notify: restart ssh
      - service: ssh
    verify:
      - tcp: 22
groups:
  node:
    count: 1
    site: main
    image: debian12
    size: {cpus: 2, memory: 384MiB, disk: 2GiB}
    config: base
environments:
  dev:
    default: true
    rules: {cleanCommit: false}
`;

describe('a step that may cut our own access, on a real machine', () => {
  let stack: Stack;
  let fleet: string;

  beforeAll(async () => {
    stack = await Stack.start();
    fleet = join(stack.dir, 'deadman');
    mkdirSync(fleet);
  });
  afterAll(() => stack?.stop());

  const up = (sshd: string, ...flags: string[]) => {
    writeFileSync(join(fleet, 'fleet.yaml'), manifest(sshd));
    return stack.cli(['up', '--yes', ...flags], { cwd: fleet });
  };
  const on = async (command: string) => {
    const done = await stack.cli(['exec', 'node-1', '--', 'sh', '-c', command], { cwd: fleet });
    expect(done.code, said(done)).toBe(0);
    return done.stdout.trim();
  };

  it('stays when the machine can still be reached over a new connection', async () => {
    const done = await up('MaxSessions 20');
    expect(done.code, said(done)).toBe(0);
    expect(await on('sshd -T | grep -i ^maxsessions')).toBe('maxsessions 20');
    const journal = await on('cat /var/lib/millwright/runs/*/journal');
    expect(journal).toContain('"state":"confirmed"');
  });

  it('takes itself back when it moves sshd away, and fails; the machine answers again by itself', async () => {
    const done = await up('Port 2222');
    expect(done.code, said(done)).toBe(3);
    expect(said(done)).toContain('MW-STEP-UNCONFIRMED');
    expect(await on(`cat ${conf}`)).toBe('MaxSessions 20');
    const listened = (await on('journalctl -b -u ssh -o cat')).match(/listening on 0\.0\.0\.0 port \d+/g);
    expect(listened?.slice(-2)).toEqual(['listening on 0.0.0.0 port 2222', 'listening on 0.0.0.0 port 22']);
    expect(await on('ls /var/lib/millwright /etc/systemd/system')).not.toContain('deadman');
  });

  it('is taken back after a reboot as well, when sshd comes up where nobody can reach it', async () => {
    const boot = await on('cat /proc/sys/kernel/random/boot_id');
    const armed = 'until grep -q ^armed /var/lib/millwright/deadman; do sleep 1; done; sync; reboot -f';
    await on(`setsid sh -c '${armed}' </dev/null >/dev/null 2>&1 &`);
    const done = await up('Port 2223', '--supersede');
    expect(done.code, said(done)).not.toBe(0);
    const back = async () => (await stack.cli(['exec', 'node-1', '--', 'true'], { cwd: fleet })).code === 0;
    await stack.until('the machine answers again', back, 300);
    expect(await on('cat /proc/sys/kernel/random/boot_id')).not.toBe(boot);
    expect(await on(`cat ${conf}`)).toBe('MaxSessions 20');
    const listened = (await on('journalctl -b -u ssh -o cat')).match(/listening on 0\.0\.0\.0 port \d+/g);
    expect(listened).toEqual(['listening on 0.0.0.0 port 2223', 'listening on 0.0.0.0 port 22']);
    expect(await on('ls /var/lib/millwright /etc/systemd/system')).not.toContain('deadman');
  });

  it('leaves nothing behind that would hinder the next revision', async () => {
    const done = await up('MaxSessions 30', '--supersede');
    expect(done.code, said(done)).toBe(0);
    expect(await on('sshd -T | grep -i ^maxsessions')).toBe('maxsessions 30');
  });
});
