import { join } from 'node:path';
import { openRecord } from '../../../src/record/index.js';
import { fleetUid } from '../../support/fleet.js';
import { machines, type World } from './world.js';

interface Target {
  readonly head: string;
  readonly verified: string;
  readonly debts: string;
  readonly ledger: readonly string[];
}

const environment = { fleet: 'chaos', fleetUid: fleetUid('chaos'), environment: 'dev' };

/** What must hold once everything stands and nothing runs, whatever died before. Each violation as a sentence. */
export async function violations(world: World): Promise<string[]> {
  const targets = new Map<string, Target>();
  for (const machine of machines) targets.set(machine, await targetOf(world, machine));
  return [
    ...(await oneVmEach(world)),
    ...(await recordAgrees(world, targets)),
    ...[...targets].flatMap(([machine, target]) => onTarget(world, machine, target)),
    ...(await nothingRuns(world)),
  ];
}

/** One VM per machine: known to the record, none beside it, none missing. */
async function oneVmEach({ stack, dir }: World): Promise<string[]> {
  const running = stack.qemu().length;
  const sweep = await stack.cli(['doctor', '--sweep', '-o', 'json'], { cwd: dir });
  const clean = sweep.code === 0 ? [] : [`the sweep exits ${sweep.code}: ${sweep.stdout}${sweep.stderr}`];
  return running === machines.length
    ? clean
    : [...clean, `${running} VMs run for ${machines.length} machines`];
}

/** Record and target say the same: assigned is head, verified is verified, debts are none on both. */
async function recordAgrees({ stack }: World, targets: ReadonlyMap<string, Target>): Promise<string[]> {
  const record = openRecord(`sqlite://${join(stack.state, 'record.db')}`);
  try {
    const rows = await record.machines(environment);
    const changes = await record.changes(environment, 10_000);
    const open = changes.filter((one) => one.outcome === null).map((one) => `run ${one.run} has no outcome`);
    const differ = rows.flatMap(({ ref, assigned, verified, debts }) => {
      const target = targets.get(ref.machine);
      if (target === undefined) return [`${ref.machine} is known to the record alone`];
      return [
        ...(target.head === assigned ? [] : [`${ref.machine}: head ${target.head}, assigned ${assigned}`]),
        ...(target.verified === verified
          ? []
          : [`${ref.machine}: verified ${target.verified} there, ${verified} here`]),
        ...(debts.length === 0 ? [] : [`${ref.machine}: the record lists ${debts.join(', ')}`]),
      ];
    });
    return [...open, ...differ];
  } finally {
    await record.close();
  }
}

/** No debt is left, and what is not repeatable was only begun again where somebody had said retry. */
function onTarget({ retries, version }: World, machine: string, target: Target): string[] {
  const times = (line: string) => target.ledger.filter((one) => one === line).length;
  const twice = [...new Set(target.ledger)].reduce((sum, line) => sum + times(line) - 1, 0);
  return [
    ...(target.debts === '' ? [] : [`${machine} owes ${target.debts}`]),
    ...(twice <= retries
      ? []
      : [`${machine}: ${twice} repetitions, ${retries} retries: ${target.ledger.join(' ')}`]),
    ...(times(String(version)) >= 1
      ? []
      : [`${machine} never ran the step of contract ${version}: ${JSON.stringify(target.ledger)}`]),
  ];
}

const nothingRuns = ({ stack }: World): Promise<string[]> =>
  stack.withClient(async (client) => {
    const running: string[] = [];
    const query = `ExecutionStatus="Running" AND MwFleet="chaos"`;
    for await (const one of client.workflow.list({ query })) running.push(`${one.workflowId} still runs`);
    return running;
  });

const script = `d=/var/lib/millwright
head=; read -r _ head _ <$d/head; verified=; read -r verified _ <$d/verified
echo "$head"; echo "$verified"; tr '\\n' ' ' <$d/debts 2>/dev/null; echo; cat /var/ledger`;

async function targetOf({ stack, dir }: World, machine: string): Promise<Target> {
  const { stdout, stderr, code } = await stack.cli(['exec', machine, '--', 'sh', '-c', script], { cwd: dir });
  if (code !== 0) throw new Error(`${machine} can't be asked: ${stdout}${stderr}`);
  // A power cut may leave zeros where a line was not on disk yet; they would stand before the next one.
  const text = stdout.replaceAll('\u0000', '');
  const [head = '', verified = '', debts = '', ...ledger] = text.trimEnd().split('\n');
  return { head, verified, debts: debts.trim(), ledger };
}
