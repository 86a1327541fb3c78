import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { confirmArgv, journalFailure } from '../../../src/bundle/index.js';
import type { ResolvedFirewall } from '../../../src/resources/firewall.js';
import { type Box, openBox } from '../runner/box.js';
import { ending, makeTarget, story, type Target } from '../runner/target.js';

const firewall = (more: Partial<ResolvedFirewall> = {}): ResolvedFirewall => ({
  ...{ type: 'firewall', id: 'firewall:input', firewall: 'input', policy: 'drop', notify: [] },
  ...{ allow: [], sshPort: 22, absent: false },
  ...more,
});
const id = 'firewall:input';
const foreign = 'table inet other {\n\tchain input {\n\t\ttcp dport 9 drop\n\t}\n}\n';

/** A machine with systemd and nftables of its own, and a neighbour on a wire to it. */
describe('a firewall', () => {
  let box: Box;
  let target: Target;
  let short: Target;
  let runs = 0;
  const next = (purpose = 'apply'): string => `f/m/${purpose}/${++runs}`;
  beforeAll(async () => {
    box = await openBox('systemd', { ownNetwork: true });
    target = await makeTarget(box);
    short = await makeTarget(box, (runner) => runner.replace(/^deadman_window=.*$/m, 'deadman_window=2'));
    await box.sh('until systemctl daemon-reload 2>/dev/null; do sleep 0.2; done');
    await box.sh(`unshare --net --fork sh -c 'echo $$ >/run/neighbour; exec sleep 3600' >/dev/null 2>&1 &
      until [ -s /run/neighbour ] && [ "$(readlink /proc/$(cat /run/neighbour)/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
      ip link add wire type veth peer name wire netns "$(cat /run/neighbour)"
      ip addr add 10.9.9.1/24 dev wire && ip link set wire up
      nsenter -t "$(cat /run/neighbour)" -n sh -c 'ip link set lo up; ip addr add 10.9.9.2/24 dev wire; ip link set wire up'
      setsid node -e 'for (const port of [22, 80, 81]) require("net").createServer((one) => one.end("open")).listen(port)' >/dev/null 2>&1 </dev/null &
      until busybox nc -w 1 10.9.9.1 81 </dev/null | grep -q open; do sleep 0.1; done
      printf '${foreign.replaceAll('\n', '\\n').replaceAll('\t', '\\t')}' | nft -f -`);
  });
  afterAll(() => box.close());

  /** Whether the neighbour gets through. */
  const reaches = async (port: number): Promise<boolean> => {
    const nc = `nsenter -t "$(cat /run/neighbour)" -n busybox timeout 2 busybox nc -w 1 10.9.9.1 ${port} </dev/null`;
    return (await box.exec(['sh', '-c', nc])).stdout.includes('open');
  };
  const reachable = async (): Promise<boolean[]> => [await reaches(22), await reaches(80), await reaches(81)];
  const web = { protocol: 'tcp', port: 80, from: ['10.9.9.0/24', 'fd00::/8'] } as const;

  test('lets in what it allows and us, holds off the rest, and touches no other table', async () => {
    expect(await reachable()).toEqual([true, true, true]);
    const wanted = await target.load([firewall({ allow: [web, { protocol: 'icmp' }] })]);
    const done = await target.run(wanted, next());
    expect(journalFailure(done.journal)).toBeUndefined();
    expect(story(done)).toEqual([`started ${id}`, `changed ${id}`]);
    expect(await reachable()).toEqual([true, true, false]);
    expect(await box.sh('nft list table inet other')).toBe(foreign);
    expect(story(await target.run(wanted, next()))).toEqual([`ok ${id}`]);

    await box.sh('nft add rule inet millwright input tcp dport 81 accept');
    const look = await target.run(wanted, next('check'), { purpose: 'check' });
    expect(look.journal[1]).toMatchObject({ state: 'differs', reason: 'the table is not what was loaded' });
    expect(await reaches(81)).toBe(true);
    await target.run(wanted, next());
    expect(await reachable()).toEqual([true, true, false]);
  });

  test('is loaded by its unit, as at boot, also after somebody else flushed all tables', async () => {
    await box.sh('nft flush ruleset; systemctl restart millwright-firewall');
    expect(await reachable()).toEqual([true, true, false]);
    expect(await box.sh('systemctl is-enabled millwright-firewall')).toBe('enabled\n');
    const wanted = await target.load([firewall({ allow: [web, { protocol: 'icmp' }] })]);
    expect(story(await target.run(wanted, next()))).toEqual([`ok ${id}`]);
    await box.sh(`printf '${foreign.replaceAll('\n', '\\n').replaceAll('\t', '\\t')}' | nft -f -`);
  });

  test('takes itself back when nobody confirms over a new connection', async () => {
    const before = await box.sh(
      'nft list table inet millwright; nft list table inet other; cat /etc/millwright/firewall.nft',
    );
    const open = [{ protocol: 'tcp', port: '80-81' }] as const;
    const wanted = await short.load([firewall({ allow: open, risky: true })]);
    const { journal } = await short.run(wanted, next());
    expect(journalFailure(journal)).toMatchObject({ code: 'MW-STEP-UNCONFIRMED', step: id });
    expect(
      await box.sh(
        'nft list table inet millwright; nft list table inet other; cat /etc/millwright/firewall.nft',
      ),
    ).toBe(before);
    expect(await reachable()).toEqual([true, true, false]);
  });

  test('stays when a new connection confirms it', async () => {
    const run = next();
    const wanted = await target.load([firewall({ policy: 'accept', risky: true })]);
    const running = target.run(wanted, run);
    await box.sh(
      `until grep -q '"state":"armed"' /run/millwright/runs/${run.replaceAll('/', '+')}/journal; do sleep 0.1; done`,
    );
    expect((await box.exec(confirmArgv(target.runner, run, id))).code).toBe(0);
    expect(ending(await running)).toBe('ok');
    expect(await reachable()).toEqual([true, true, true]);
  });

  test('that would leave out the port we came in by is refused before anything is loaded', async () => {
    const before = await box.sh('nft list ruleset');
    const wanted = await target.load([firewall({ sshPort: 2222 })]);
    const argv = ['env', 'SSH_CONNECTION=10.9.9.2 4000 10.9.9.1 22'];
    const there = {
      ...box,
      exec: (words: readonly string[], stdin?: Uint8Array | string) => box.exec([...argv, ...words], stdin),
    };
    const { journal } = await (await makeTarget(there)).run(wanted, next());
    expect(journalFailure(journal)).toMatchObject({ code: 'MW-FIREWALL-SSH', step: id });
    expect(await box.sh('nft list ruleset')).toBe(before);
  });

  test('that is taken back leaves nothing of ours, and all of what is not', async () => {
    const gone = await target.load([firewall({ absent: true })]);
    expect(ending(await target.run(gone, next()))).toBe('ok');
    expect(await box.sh('nft list ruleset')).toBe(foreign);
    const change = 'g';
    const wanted = await target.load([firewall({ allow: [web] })]);
    expect(ending(await target.run(wanted, `${change}/m/apply/1`))).toBe('ok');
    const empty = await target.load([]);
    const undo = { change, bytes: wanted.bytes };
    expect(ending(await target.run(empty, `${change}/m/rollback/1`, { purpose: 'rollback', undo }))).toBe(
      'ok',
    );
    expect(await box.sh('nft list ruleset')).toBe(foreign);
    expect(await box.sh('ls -d /etc/millwright /etc/systemd/system/millwright-* 2>/dev/null || true')).toBe(
      '',
    );
  });
});
