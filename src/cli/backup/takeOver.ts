import { ulid } from 'ulid';
import type { Change } from '../../model/index.js';
import type { RunRecord } from '../../record/port.js';
import { who } from '../who.js';
import { environmentsOf, machineKey, type StateMachine, type Truth } from './state.js';

export interface TakenOver {
  /** Machines whose VM a later run here had not found, known again now. */
  readonly taken: readonly string[];
  /** Machines of which the record here knows later runs: what it says of them stays. */
  readonly newer: readonly string[];
}

/**
 * After an import, which leaves alone what is newer. Whoever ran `up` on an empty record has newer rows without a VM:
 * such machines are taken over as they were found, by a change that says so.
 */
export async function takeOver(
  record: RunRecord,
  machines: readonly StateMachine[],
  truths: ReadonlyMap<string, Truth>,
  changes: readonly Change[],
): Promise<TakenOver> {
  const [taken, newer]: [StateMachine[], string[]] = [[], []];
  const rows = new Map<string, { readonly lastChange: string; readonly lost: boolean }>();
  for (const environment of environmentsOf(machines))
    for (const { ref, lastChange, instance } of await record.machines(environment))
      rows.set(machineKey({ environment, machine: ref.machine }), { lastChange, lost: instance === null });
  for (const one of machines) {
    const here = rows.get(machineKey(one));
    if (here === undefined || here.lastChange <= one.lastChange) continue;
    if (here.lost && truths.has(machineKey(one))) taken.push(one);
    else newer.push(one.machine);
  }
  for (const change of changes) {
    const its = taken.filter((one) => one.lastChange === change.id);
    if (its.length > 0) await adoptUnder(record, change, its, truths);
  }
  return { taken: taken.map((one) => one.machine), newer };
}

/** Under the plan of the last change that the backup knows: it names the machines' targets. */
async function adoptUnder(
  record: RunRecord,
  last: Change,
  machines: readonly StateMachine[],
  truths: ReadonlyMap<string, Truth>,
): Promise<void> {
  const id = ulid();
  const startedAt = new Date().toISOString();
  const change: Change = { ...last, id, verb: 'adopt', of: undefined, startedBy: who(), startedAt };
  await record.beginChange({ ...change, allowDestroy: false });
  for (const { environment, machine, site, group } of machines) {
    const truth = truths.get(machineKey({ environment, machine }));
    if (truth === undefined) continue;
    const { instance, debts, hold } = truth;
    await record.putMachine({
      ...{ ref: { ...environment, machine }, changeId: id, site, group },
      ...{ instance, debts, hold, receipts: [], evidence: {} },
      ...(truth.assigned === null ? {} : { assigned: truth.assigned }),
      ...(truth.verified === null ? {} : { verified: truth.verified }),
      outcome: {
        machine,
        outcome: 'owed',
        reason: 'restored: not compared with its contract yet',
        phases: [],
      },
    });
  }
  await record.endChange(id, 'succeeded');
}
