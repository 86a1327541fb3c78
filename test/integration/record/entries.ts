import type { Change, InstanceInfo, MachineRef, Receipt } from '../../../src/model/index.js';
import type { MachineEntry } from '../../../src/record/index.js';

const fleet = { fleet: 'shop', fleetUid: '01J9ZQ4T7RDY6V3QKX5M2N8B0C', environment: 'prod' };
export const prod = fleet;
export const web1: MachineRef = { ...fleet, machine: 'web-1' };

export const first = '01K0000000AAAAAAAAAAAAAAAA';
export const second = '01K0000001AAAAAAAAAAAAAAAA';
export const third = '01K0000002AAAAAAAAAAAAAAAA';

export const aChange = (id: string, more: Partial<Change> = {}): Change => ({
  id,
  verb: 'up',
  ...fleet,
  plan: 'a'.repeat(64),
  artifacts: 'b'.repeat(64),
  intent: 'c'.repeat(64),
  revision: 'd'.repeat(64),
  commit: '3f2a9c1',
  startedBy: 'platform',
  startedAt: '2026-03-01T10:00:00.000Z',
  allowDestroy: false,
  ...more,
});

export const anInstance = (changeId: string): InstanceInfo => ({
  instance: `${fleet.fleetUid}/prod/web-1@${changeId}`,
  machineId: `${fleet.fleetUid}/prod/web-1`,
  power: 'on',
  protect: true,
  hostKey: 'ssh-ed25519 AAAA',
  addresses: { lan: '10.77.0.21' },
  published: { 80: { host: '127.0.0.1', port: 34567 } },
  keptDisks: [],
  shape: 'e'.repeat(64),
});

export const receipts: Receipt[] = [
  { step: 'package:nginx', hash: 'f'.repeat(64), state: 'ok', durationMs: 12 },
  {
    step: 'file:/etc/motd',
    hash: '0'.repeat(64),
    state: 'changed',
    reason: 'content differed',
    durationMs: 31,
    diff: '--- /etc/motd\n+++ /etc/motd\n@@ -1 +1 @@\n-a\n+b\n',
    fingerprints: { dbPassword: 'hmac-sha256:0123456789abcdef' },
  },
];

export const anEntry = (changeId: string, more: Partial<MachineEntry> = {}): MachineEntry => ({
  ref: web1,
  changeId,
  site: 'main',
  group: 'web',
  outcome: {
    machine: 'web-1',
    outcome: 'applied',
    counts: { ok: 1, changed: 1, failed: 0, skipped: 0, interrupted: 0, notReached: 0 },
    phases: [
      {
        phase: 'look',
        state: 'done',
        startedAt: '2026-03-01T10:00:01.000Z',
        endedAt: '2026-03-01T10:00:02.000Z',
      },
      { phase: 'create', state: 'not needed', reason: 'it runs' },
      {
        phase: 'verify',
        state: 'done',
        startedAt: '2026-03-01T10:00:03.000Z',
        endedAt: '2026-03-01T10:00:09.000Z',
      },
    ],
  },
  instance: anInstance(changeId),
  assigned: '1'.repeat(64),
  verified: '1'.repeat(64),
  receipts,
  debts: [],
  evidence: { journal: '2'.repeat(64) },
  ...more,
});
