import type { Change, EnvironmentRef, MachineOutcome } from '../../model/index.js';
import type { ChangeRow, HistoryRow, MachineRow, RunRecord } from '../../record/port.js';
import type { PublishedUrl, RunDocument, RunMachine } from '../../report/index.js';
import type { RolloutResult } from '../../workflows/types.js';
import { Exit, exitOfOutcomes, worst } from '../exit.js';

/** What is known of a run at its end. */
export interface RunFacts {
  readonly change: Change;
  readonly run: number | null;
  readonly outcome: string | null;
  readonly endedAt: string | null;
  readonly machines: readonly MachineOutcome[];
}

export const factsOfResult = (change: Change, result: RolloutResult): RunFacts => ({
  change,
  run: result.run,
  outcome: result.outcome,
  endedAt: new Date().toISOString(),
  machines: result.machines,
});

export const factsOfRecord = (row: ChangeRow, history: readonly HistoryRow[]): RunFacts => ({
  change: row.change,
  run: row.run,
  outcome: row.outcome,
  endedAt: row.endedAt,
  machines: history.map((one) => one.outcome),
});

/** The report of a run: outcomes, receipts and the URLs of its machines, from the record as far as it knows them. */
export async function runDocument(
  facts: RunFacts,
  record: RunRecord,
  temporalUrl: string | null,
): Promise<RunDocument> {
  const { change } = facts;
  const history = await record.outcomes(change.id);
  const rows = await record.machines(change);
  const machines = facts.machines.map((outcome) => runMachine(outcome, history, rows));
  return {
    schema: 'millwright/run/v1',
    fleet: change.fleet,
    environment: change.environment,
    run: facts.run,
    change: change.id,
    verb: change.verb,
    plan: change.plan,
    commit: change.commit ?? null,
    startedBy: change.startedBy,
    startedAt: change.startedAt,
    endedAt: facts.endedAt,
    durationMs: facts.endedAt === null ? null : Date.parse(facts.endedAt) - Date.parse(change.startedAt),
    outcome: facts.outcome,
    machines,
    urls: urlsOf(rows),
    temporalUrl,
    exit: exitOf(facts),
  };
}

function runMachine(
  outcome: MachineOutcome,
  history: readonly HistoryRow[],
  rows: readonly MachineRow[],
): RunMachine {
  const row = rows.find((one) => one.ref.machine === outcome.machine);
  return {
    machine: outcome.machine,
    group: row?.group ?? null,
    outcome: outcome.outcome,
    detail: outcome,
    receipts: history.find((one) => one.machine === outcome.machine)?.receipts ?? [],
    evidence: [],
  };
}

function exitOf({ outcome, machines }: RunFacts): number {
  const byRun = outcome === 'succeeded' || outcome === null ? Exit.asAsked : Exit.failed;
  return worst([byRun, exitOfOutcomes(machines.map((one) => one.outcome))]);
}

/** How published ports are reached from the site's host. */
export const urlsOf = (rows: readonly MachineRow[]): PublishedUrl[] =>
  rows.flatMap((row) =>
    Object.entries(row.instance?.published ?? {}).map(([port, at]) => ({
      machine: row.ref.machine,
      port: Number(port),
      url: `http://${at.host}:${at.port}`,
    })),
  );

export const environmentOf = ({ fleet, fleetUid, environment }: EnvironmentRef): EnvironmentRef => ({
  fleet,
  fleetUid,
  environment,
});
