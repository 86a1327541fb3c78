import type { MachineOutcome } from '../../../src/model/index.js';
import type {
  GateDocument,
  PlanDocument,
  PlanMachine,
  QuestionDocument,
  RunDocument,
  StatusDocument,
} from '../../../src/report/index.js';
import { summarize } from '../../../src/report/index.js';

export const now = Date.parse('2026-03-04T12:00:00.000Z');
export const digest = (letter: string): string => letter.repeat(64);

export const planMachine = (machine: string, more: Partial<PlanMachine> = {}): PlanMachine => ({
  machine,
  group: machine.replace(/-\d+$/, ''),
  site: 'main',
  action: 'nothing',
  reason: null,
  refused: null,
  protect: false,
  items: [],
  unchanged: 7,
  silent: null,
  rungs: [],
  cannotUndo: [],
  drainedAt: null,
  ...more,
});

export function plan(machines: readonly PlanMachine[], more: Partial<PlanDocument> = {}): PlanDocument {
  return {
    schema: 'millwright/plan/v1',
    fleet: 'shop',
    fleetUid: '01JZB2V5Q8K4T7W9X3C6D1E0FA',
    environment: 'prod',
    plan: digest('7'),
    intent: digest('8'),
    revision: digest('9'),
    commit: {
      id: '3f2a9c1d'.repeat(5),
      subject: 'serve /checkout',
      author: 'platform',
      at: '2026-03-04T11:48:00.000Z',
      dirty: false,
    },
    at: new Date(now).toISOString(),
    looked: { asked: machines.length, answered: machines.length },
    unlooked: null,
    machines,
    order: [
      { group: 'db', after: [], machines: 1, maxParallel: 1, strategy: null },
      { group: 'web', after: ['db'], machines: 4, maxParallel: 2, strategy: null },
    ],
    ...{ gates: [], windows: [], freezes: [], window: null, maxFailed: null, reconcile: null },
    summary: summarize(machines),
    ...more,
  };
}

export const outcome = (machine: string, more: Partial<MachineOutcome> = {}): MachineOutcome => ({
  machine,
  outcome: 'applied',
  phases: [
    {
      phase: 'look',
      state: 'done',
      startedAt: '2026-03-04T11:58:00.000Z',
      endedAt: '2026-03-04T11:58:01.000Z',
    },
    {
      phase: 'verify',
      state: 'done',
      startedAt: '2026-03-04T11:59:00.000Z',
      endedAt: '2026-03-04T11:59:02.000Z',
    },
  ],
  counts: { ok: 6, changed: 1, failed: 0, skipped: 0, interrupted: 0, notReached: 0 },
  ...more,
});

export const run = (machines: readonly MachineOutcome[], more: Partial<RunDocument> = {}): RunDocument => ({
  schema: 'millwright/run/v1',
  fleet: 'shop',
  environment: 'prod',
  run: 42,
  change: '01JZB2V5Q8K4T7W9X3C6D1E0FB',
  verb: 'up',
  plan: digest('7'),
  commit: '3f2a9c1d'.repeat(5),
  startedBy: 'platform',
  startedAt: '2026-03-04T11:58:00.000Z',
  endedAt: '2026-03-04T11:59:03.000Z',
  durationMs: 63_000,
  outcome: 'succeeded',
  machines: machines.map((detail) => ({
    machine: detail.machine,
    group: detail.machine.replace(/-\d+$/, ''),
    outcome: detail.outcome,
    detail,
    receipts: [],
    evidence: [],
    debts: [],
    wayBack: null,
    origin: null,
  })),
  urls: [{ machine: 'web-1', port: 80, url: 'http://127.0.0.1:34567' }],
  temporalUrl: 'http://127.0.0.1:8233/namespaces/default/workflows/rollout%2Fshop%2Fprod',
  exit: 0,
  of: null,
  questions: [],
  answers: [],
  notStarted: [],
  failure: null,
  ...{ gates: [], votes: [], paused: null, window: null, groups: [] },
  ...more,
});

export const status = (more: Partial<StatusDocument> = {}): StatusDocument => ({
  schema: 'millwright/status/v1',
  fleet: 'shop',
  environment: 'prod',
  at: new Date(now).toISOString(),
  engine: '127.0.0.1:7233',
  running: null,
  machines: [
    {
      machine: 'db-1',
      group: 'db',
      site: 'main',
      state: 'verified',
      outcome: 'applied',
      run: 3,
      instance: 'u/prod/db-1@01JZ',
      power: 'on',
      assigned: digest('a'),
      verified: digest('a'),
      addresses: { shop: '10.77.0.10' },
      debts: [],
      hold: null,
      drained: null,
      drift: null,
      updatedAt: '2026-03-04T11:48:00.000Z',
    },
    {
      machine: 'web-1',
      group: 'web',
      site: 'main',
      state: 'failed',
      outcome: 'failed',
      run: 4,
      instance: 'u/prod/web-1@01JZ',
      power: 'on',
      assigned: digest('b'),
      verified: digest('a'),
      addresses: { shop: '10.77.0.20' },
      debts: ['reload service:nginx'],
      hold: null,
      drained: null,
      drift: null,
      updatedAt: '2026-03-04T11:59:30.000Z',
    },
  ],
  urls: [{ machine: 'web-1', port: 80, url: 'http://127.0.0.1:34567' }],
  orphans: null,
  notes: [],
  questions: [],
  ...{ gates: [], paused: null, window: null, groups: [] },
  rollback: null,
  ...more,
});

/** The machine of the sample in the documentation: a file that nginx refuses. */
export const refusedFile = outcome('web-1', {
  outcome: 'failed',
  phase: 'provision',
  counts: { ok: 6, changed: 0, failed: 1, skipped: 0, interrupted: 0, notReached: 1 },
  attempt: 1,
  failure: {
    code: 'MW-CHANGE-VALIDATE',
    cause: 'change',
    step: 'file:/etc/nginx/conf.d/shop.conf',
    message: '`nginx -t` exited 1 with the new file in place. The old file is back; nginx was not reloaded.',
    detail: ['nginx: [emerg] unknown directive "proxy_pas" in /etc/nginx/conf.d/shop.conf:5'],
  },
});

export const openGate: GateDocument = {
  ...{ gate: 'canary:web', state: 'open', since: '2026-03-04T11:57:00.000Z', deadline: null },
  ...{ onTimeout: 'stop', approvals: 2, votes: [], waitsFor: ['platform', 'oncall'] },
  ...{ unsigned: false, external: false, authorUnverified: false },
};

export const question = (more: Partial<QuestionDocument> = {}): QuestionDocument => ({
  machine: 'web-1',
  group: 'web',
  since: '2026-03-04T11:59:02.000Z',
  attempt: 1,
  answers: ['retry', 'skip', 'rollback', 'stop'],
  detail: refusedFile,
  debts: [],
  wayBack: { bundle: digest('a'), commit: '8be0d17e'.repeat(5), rungs: [{ rung: 'restore' }] },
  origin: 'files/shop.conf:5',
  touched: ['web-1'],
  others: 'db-1 done. web-2, web-4 not started: web-1 failed, run 42 waits.',
  ...more,
});
