import { describe, expect, it } from 'vitest';
import { guestSignals, headOf, parseReport } from '../../../src/activities/signals.js';

const now = 1_800_000_000;
const healthy = ['boot=0f0f', `clock=${now}`, 'tainted=0', 'disk=500000', 'root=rw', 'systemd=running'].join(
  '\n',
);

/** Sources that don't agree that the machine is ready. */
const unhappy = (more: string) =>
  guestSignals(parseReport(`${healthy}\n${more}`), now)
    .filter(({ state }) => state !== 'ok')
    .map(({ source, state, value }) => `${source} ${state}: ${value}`);

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

describe('what a guest says of itself', () => {
  it('agrees when nothing is wrong', () => {
    expect(unhappy('')).toEqual([]);
  });

  it('needs no systemd', () => {
    const report = parseReport(healthy.replace('systemd=running', ''));
    expect(guestSignals(report, now).every(({ state }) => state === 'ok')).toBe(true);
  });

  it.each([
    ['systemd=starting', 'systemd waiting: starting'],
    ['systemd=degraded\nfailed=nginx.service', 'systemd wrong: degraded: nginx.service'],
    ['root=ro', 'root wrong: ro'],
    ['disk=4000', 'disk wrong: 4000 KiB free on /'],
    [`clock=${now - 3600}`, "clock wrong: -3600 s from the site's"],
    ['tainted=128', 'kernel wrong: tainted 128'],
    ['cloud=present', 'cloud-init waiting: has not finished'],
  ])('takes %j for %j', (line, expected) => {
    expect(unhappy(line)).toEqual([expected]);
  });

  it('ignores taints that are no death of the kernel', () => {
    expect(unhappy('tainted=4096')).toEqual([]);
  });

  it('counts errors of cloud-init that cloud-init itself calls recoverable', () => {
    const status = {
      v1: { stage: null, init: { errors: [], recoverable_errors: { WARNING: ['bad schema'] } } },
    };
    const result = { v1: { datasource: 'NoCloud', errors: [] } };
    const lines = `cloud=present\nstatus=${encoded(status)}\nresult=${encoded(result)}`;
    expect(unhappy(lines)).toEqual(['cloud-init wrong: WARNING: bad schema']);
    const clean = { v1: { stage: null, init: { errors: [], recoverable_errors: {} } } };
    expect(unhappy(`cloud=present\nstatus=${encoded(clean)}\nresult=${encoded(result)}`)).toEqual([]);
  });

  it('tells its head where our runner is, and none where it is not', () => {
    const head = { generation: 2, bundle: 'b', run: 'r' };
    const status = { head, active: null, debts: [], hold: null, bootId: 'x', uptime: 1 };
    expect(headOf(parseReport(`runner=${JSON.stringify(status)}`))).toEqual(head);
    expect(headOf(parseReport(healthy))).toBeNull();
  });
});
