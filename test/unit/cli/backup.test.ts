import { describe, expect, it } from 'vitest';
import type { LookResult } from '../../../src/activities/types.js';
import { compare } from '../../../src/cli/backup/compare.js';
import { conflicts, isKeyName } from '../../../src/cli/backup/keys.js';
import { parseState, type StateMachine, type Truth, withTruths } from '../../../src/cli/backup/state.js';
import type { InstanceInfo } from '../../../src/model/index.js';

const instance: InstanceInfo = {
  ...{ instance: 'uid/dev/web-1@01J', machineId: 'uid/dev/web-1', power: 'on', protect: false },
  ...{ hostKey: 'ssh-ed25519 A', addresses: {}, published: {}, keptDisks: [], shape: 's' },
};
const machine = (more: Partial<StateMachine> = {}): StateMachine => ({
  environment: { fleet: 'shop', fleetUid: 'uid', environment: 'dev' },
  ...{ machine: 'web-1', group: 'web', site: 'main', instance, assigned: 'a', verified: 'a' },
  ...{ lastChange: '01J', debts: [], hold: null, forgotten: false },
  ...more,
});
const look = (more: Partial<LookResult> = {}): LookResult => ({
  found: { state: 'present', instance },
  head: { generation: 3, bundle: 'a', run: 'r' } as LookResult['head'],
  verified: [{ bundle: 'a' }] as unknown as LookResult['verified'],
  ...{ hold: null, debts: [], aligned: false, differs: [] },
  ...more,
});
const compared = (one: StateMachine, more: Partial<LookResult>) =>
  compare(one, { machine: 'web-1', look: look(more) });

describe('a restored machine compared with its backup', () => {
  it('that says the same is the same', () => {
    expect(compared(machine(), {}).shown).toMatchObject({ state: 'same', differences: [] });
  });

  it('that says otherwise is believed, in everything it says', () => {
    const { shown, truth } = compared(machine(), {
      ...{ head: { generation: 4, bundle: 'b', run: 'r' } as LookResult['head'] },
      ...{ debts: ['reload service:nginx'], hold: { reason: 'mine' } },
    });
    expect(shown).toMatchObject({
      state: 'differs',
      differences: [
        { what: 'assigned', backup: 'a', target: 'b' },
        { what: 'owed', backup: null, target: 'reload service:nginx' },
        { what: 'hold', backup: null, target: 'mine' },
      ],
    });
    expect(truth).toMatchObject({ assigned: 'b', verified: 'a', debts: ['reload service:nginx'] });
  });

  it('that knows of no bundle, as the backup does, is reported', () => {
    const none = machine({ assigned: null, verified: null });
    expect(compared(none, { head: null, verified: [] }).shown.state).toBe('unassigned');
  });

  it('that is off or lets nobody in stays as the backup has it', () => {
    const off = compared(machine(), { head: null, debts: null });
    expect(off).toMatchObject({ shown: { state: 'silent', reason: 'it is powered off' } });
    const message = 'no answer on 10.0.0.1:22';
    const unreachable = { code: 'MW-SSH-TIMEOUT', cause: 'unreachable', message } as const;
    const silent = compared(machine(), { head: null, debts: null, unreachable });
    expect(silent).toMatchObject({ shown: { state: 'silent', reason: message } });
    expect([off.truth, silent.truth]).toEqual([undefined, undefined]);
  });

  it('whose VM is gone is said to be, and nothing is believed', () => {
    const gone = compared(machine(), { found: { state: 'absent' } });
    expect([gone.shown.state, gone.truth]).toEqual(['gone', undefined]);
  });

  it('that was forgotten, never made or not asked stays so', () => {
    expect(compare(machine({ forgotten: true }), undefined).shown.state).toBe('forgotten');
    expect(compare(machine({ instance: null }), undefined).shown.state).toBe('none');
    expect(compare(machine(), undefined).shown.state).toBe('unlooked');
  });
});

describe('the state that is brought back', () => {
  const row = (name: string) => ({
    ...{
      fleet_uid: 'uid',
      environment: 'dev',
      machine: name,
      fleet: 'shop',
      site: 'main',
      group_name: 'web',
    },
    ...{ instance: JSON.stringify(instance), assigned: 'a', verified: 'a', last_change: '01J' },
    ...{ last_outcome: 'applied', hold: null, forgotten: 0, updated_at: 't' },
  });
  const debt = (name: string) => ({ fleet_uid: 'uid', environment: 'dev', machine: name, debt: 'reload x' });
  const bytes = Buffer.from(
    JSON.stringify({
      version: 1,
      rows: { machines: [row('web-1'), row('web-2')], debts: [debt('web-1'), debt('web-2')], changes: [] },
    }),
  );
  const restored = (truth: Partial<Truth>) => {
    const all: Truth = { ...{ assigned: 'a', verified: 'a', debts: [], hold: null, instance }, ...truth };
    return withTruths(parseState('file', bytes), new Map([['uid/dev/web-1', all]])).rows;
  };

  it('has what a machine says of itself, and of the others what was written', () => {
    const rows = restored({ assigned: 'b', verified: 'b', hold: { reason: 'mine' } });
    expect(rows.machines[0]).toMatchObject({ assigned: 'b', verified: 'b', hold: '{"reason":"mine"}' });
    expect(rows.machines[1]).toEqual(row('web-2'));
    expect(rows.debts).toEqual([debt('web-2')]);
  });

  it('calls a machine well only where what it was admitted to is what was verified', () => {
    expect(restored({ assigned: 'b', verified: 'b' }).machines[0]?.last_outcome).toBe('applied');
    expect(restored({ assigned: 'b', verified: 'a' }).machines[0]?.last_outcome).toBe('owed');
  });
});

describe('keys of a backup', () => {
  it('conflict where both have one of that name with other bytes', () => {
    const key = (name: string, text: string) => ({ name, bytes: Buffer.from(text) });
    const here = [key('login/id', 'a'), key('fingerprint/key', 'x')];
    expect(conflicts(here, [key('login/id', 'b'), key('signing/key', 'c')])).toEqual(['login/id']);
    expect(conflicts(here, here)).toEqual([]);
  });

  it.each(['../etc/passwd', 'login/../../x', '/etc/x', 'login', 'login/.hidden', 'a/b/c'])(
    'never have the name %s',
    (name) => {
      expect(isKeyName(name)).toBe(false);
    },
  );

  it('have names of a folder and a file', () => {
    expect(['login/id_ed25519', 'login/id_ed25519.pub', 'fingerprint/key'].every(isKeyName)).toBe(true);
  });
});
