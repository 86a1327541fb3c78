import type { FailurePolicy, Gate, RollbackRung, Strategy } from '../../src/model/index.js';
import type { SimStepSpec } from '../support/sim-bundle.js';
import type { SimFleet, SimGroup } from '../support/sim-fleet.js';
import type { Dice } from './keyed.js';
import { changeIdOf, environmentOf } from './names.js';

/** What one schedule sets out to do; what becomes of it is the dice's business. */
export interface Script {
  readonly schedule: number;
  readonly intensity: number;
  readonly changes: number;
  readonly killAt: number;
  readonly groups: readonly {
    readonly group: string;
    readonly count: number;
    readonly after: readonly string[];
  }[];
}

/** Weights by choice. Most of what can go wrong goes wrong with two machines and two changes: the rest costs more time than it finds. */
const odds = {
  groups: [6, 3, 1],
  alone: [5, 3, 1, 1],
  beside: [6, 2],
  changes: [6, 3, 1],
  intensity: [
    [0, 1],
    [0.08, 4],
    [0.2, 5],
    [0.35, 3],
  ],
} as const;

/** 1, 2, ... by their weights. */
const number = (dice: Dice, name: string, weights: readonly number[]): number =>
  dice.weighted(
    name,
    weights.map((weight, i) => [i + 1, weight] as const),
  );

export function scriptOf(dice: Dice, schedule: number, kills: boolean): Script {
  const names = ['db', 'web', 'lb'].slice(0, number(dice, 'groups', odds.groups));
  const groups = names.map((group, i) => ({
    group,
    count: number(dice, `count ${group}`, names.length > 1 ? odds.beside : odds.alone),
    after: i > 0 && dice.chance(`after ${group}`, 0.5) ? [names[i - 1] as string] : [],
  }));
  return {
    ...{ schedule, groups },
    intensity: dice.weighted('intensity', odds.intensity),
    changes: 1 + number(dice, 'changes', odds.changes),
    // Which attempt of an activity kills the process that it is in; most schedules kill none.
    killAt: kills && dice.chance('kill', 0.05) ? dice.between('kill at', 1, 40) : 0,
  };
}

/** The fleet as change `n` declares it; `heal`: nothing in it is wrong. */
export function fleetOf(dice: Dice, script: Script, n: number, heal = false): SimFleet {
  const groups = script.groups.map((one) => groupOf(dice, script, one, n, heal));
  const gates = heal ? [] : gatesOf(dice.of('gates', n), groups);
  return { environment: environmentOf(script.schedule), version: 'same', groups, gates };
}

/** Few, as each is waited for; a plain message answers them. */
function gatesOf(dice: Dice, groups: readonly SimGroup[]): Gate[] {
  const ids = [
    'rollout',
    ...groups.map(({ group }) => `group:${group}`),
    ...groups.filter(({ strategy }) => strategy !== undefined).map(({ group }) => `canary:${group}`),
  ];
  return ids.flatMap((id) => {
    const isThere = dice.chance(id, id.startsWith('canary') ? 0.5 : 0.07);
    const approvals = dice.of(id).weighted('approvals', [
      [1, 3],
      [2, 1],
    ]);
    const rest = { from: [], onTimeout: 'stop', unsigned: true, external: false } as const;
    return isThere ? [{ id, approvals, ...rest }] : [];
  });
}

/** A canary and the rest, watched for a moment. */
function strategyOf(dice: Dice, count: number): Strategy | undefined {
  if (count < 2 || !dice.chance('whether', 0.5)) return undefined;
  const soakMs = dice.weighted('soak', [
    [0, 2],
    [150, 2],
    [600, 1],
  ]);
  return { batches: [1, count - 1], soakMs, maxFailed: dice.between('may fail', 0, 1), surge: 0, probes: [] };
}

function groupOf(
  dice: Dice,
  script: Script,
  { group, count, after }: Script['groups'][number],
  n: number,
  heal: boolean,
): SimGroup {
  const here = dice.of(group, n);
  // The first change makes the fleet: what is wrong comes later, more often than not.
  const bad = !heal && here.chance('bad', n === 1 ? 0.1 : 0.4);
  const how = bad ? here.pick('how', ['clean', 'dirty', 'wrong'] as const) : undefined;
  const smaller = !heal && n > 1 && count > 1 && here.chance('smaller', 0.15);
  const machines = smaller ? count - 1 : count;
  return {
    group,
    after,
    count: machines,
    strategy: heal ? undefined : strategyOf(here.of('strategy'), machines),
    maxParallel: here.pick('parallel', [1, 4]),
    steps: stepsOf(dice.of(group), script.schedule, n, how),
    verify: ['command:answers', 'command:whole'],
    wrong: how === 'wrong' ? ['command:whole'] : [],
    onFailure: here.weighted<FailurePolicy>('policy', [
      ['ask', 5],
      ['rollback', 3],
      ['stop', 2],
    ]),
    rollback: here.weighted<readonly RollbackRung[]>('rungs', [
      [['restore'], 5],
      [['restore', 'snapshot'], 2],
      [['restore', 'replace'], 1],
      [['restore', 'snapshot', 'replace'], 1],
      [['snapshot'], 1],
      [['replace'], 1],
    ]),
  };
}

function stepsOf(
  dice: Dice,
  schedule: number,
  n: number,
  how: 'clean' | 'dirty' | 'wrong' | undefined,
): SimStepSpec[] {
  const steps: SimStepSpec[] = [
    { id: 'file:/a', version: versionOf(dice, 'a', n) },
    { id: 'file:/b', version: versionOf(dice, 'b', n), notify: ['reload service:s'] },
  ];
  if (dice.of(n).chance('added', 0.3))
    steps.push({ id: `file:/added-by-${changeIdOf(schedule, n)}`, version: '1' });
  if (dice.of(n).chance('once', 0.15))
    steps.push({ id: `command:once-${n}`, version: '1', unguarded: true, cannotUndo: true });
  if (how === 'clean' || how === 'dirty') {
    const at = dice.of(n).between('at', 0, steps.length - 1);
    steps[at] = { ...(steps[at] as SimStepSpec), version: `bad ${n}`, fails: how };
  }
  return [...steps, { id: 'service:s', version: '1' }];
}

/** The change in which a step was changed last. */
function versionOf(dice: Dice, step: string, n: number): string {
  for (let at = n; at > 1; at--) if (dice.of(at).chance(`change ${step}`, 0.6)) return String(at);
  return '1';
}
