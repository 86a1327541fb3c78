import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fleetUid } from '../../support/fleet.js';
import { Stack } from '../../support/stack.js';
import { type ExistingHost, openHost, password } from './host.js';

/** One machine that lets root in by key, and one where ops becomes root by sudo and a password. */
describe('machines that exist already, through the whole product', () => {
  let root: ExistingHost;
  let ops: ExistingHost;
  let stack: Stack;
  let dir: string;

  const fleet = (motd: string): string => `version: 1
fleet: estate
uid: ${fleetUid('estate')}
secrets:
  opsPassword: {env: OPS_PASSWORD}
sites:
  main: {provider: static, connect: {user: root}}
vars: {greeting: hello}
configs:
  base:
    resources:
      - file: /etc/motd
        content: |
          ${motd} \${{ vars.greeting }} from \${{ machine.name }}
      - command: say hello
        run: echo hello > /etc/hello
        creates: /etc/hello
    verify:
      - tcp: ${root.port}
groups:
  old:
    site: main
    machines:
      by-root: {host: 127.0.0.1, port: ${root.port}, hostKey: "${root.hostKey}"}
      by-sudo:
        host: 127.0.0.1
        port: ${ops.port}
        hostKey: "${ops.hostKey}"
        vars: {greeting: howdy}
        connect: {user: ops, become: sudo, password: opsPassword}
    config: base
environments:
  dev:
    default: true
    rules: {cleanCommit: false}
`;
  const write = (motd: string): void => writeFileSync(join(dir, 'fleet.yaml'), fleet(motd));
  const run = (...args: string[]) => stack.cli(args, { cwd: dir });

  beforeAll(async () => {
    root = await openHost();
    ops = await openHost({ sudoers: 'ops ALL=(ALL) ALL', login: root.login });
    stack = await Stack.start({
      settings: `sites: {main: {provider: static, secrets: {env: [OPS_PASSWORD]}, connect: {sshConfig: false, agent: false, identityFiles: [${join('/tmp', `mw-id-${process.pid}`)}]}}}\n`,
      env: { OPS_PASSWORD: password },
    });
    writeFileSync(join('/tmp', `mw-id-${process.pid}`), root.login.privateKey, { mode: 0o600 });
    dir = join(stack.dir, 'estate');
    mkdirSync(dir);
    write('first');
  });
  afterAll(async () => {
    await stack?.stop();
    await root?.close();
    await ops?.close();
  });

  it('is brought to its contract, and then nothing is to do', async () => {
    const plan = await run('plan');
    console.log(plan.stdout, plan.stderr);
    const up = await run('up', '-y');
    console.log(up.stdout, up.stderr, up.code === 0 ? '' : stack.logs());
    expect(up.code).toBe(0);
    expect(await root.box.sh('cat /etc/motd')).toBe('first hello from by-root\n');
    expect(await ops.box.sh('cat /etc/motd')).toBe('first howdy from by-sudo\n');
    const again = await run('up', '-y');
    console.log(again.stdout, again.stderr);
    expect(again.code).toBe(0);
  });
});
