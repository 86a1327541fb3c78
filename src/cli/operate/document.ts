import type { OperateResult } from '../../activities/types.js';
import type { FailureInfo, Hold } from '../../model/index.js';
import type { SnapshotInfo } from '../../providers/port.js';
import { bytes, columns } from '../../report/index.js';
import type { Operated } from '../../workflows/operateTypes.js';
import type { Context } from '../context.js';
import { Exit, exitOfFailure, worst } from '../exit.js';
import type { Stores } from '../stores.js';
import type { Desk, Outcome } from './operate.js';

/** What `power`, `console`, `snapshot`, `hold` and `release` print with -o json. */
export interface OperateDocument {
  readonly schema: 'millwright/operate/v1';
  readonly fleet: string;
  readonly environment: string;
  /** `power off`, `snapshot create`, … */
  readonly operation: string;
  /** Their histories are the record of who did it. */
  readonly workflows: readonly string[];
  readonly machines: readonly OperatedMachine[];
}
export interface OperatedMachine {
  readonly machine: string;
  readonly said: string | null;
  readonly power: string | null;
  readonly snapshots: readonly SnapshotInfo[] | null;
  readonly hold: Hold | null;
  readonly console: string | null;
  /** By name, of the closed list. */
  readonly facts: OperateResult['facts'] | null;
  readonly failure: FailureInfo | null;
}

export async function operateDocument(
  { stores, environment }: Desk,
  operation: string,
  outcome: Outcome,
): Promise<OperateDocument> {
  const { fleet, environment: name } = environment;
  return {
    schema: 'millwright/operate/v1',
    ...{ fleet, environment: name, operation, workflows: outcome.workflows },
    machines: await Promise.all(outcome.machines.map((one) => operated(stores, one))),
  };
}

async function operated({ store }: Stores, { machine, result, failure }: Operated): Promise<OperatedMachine> {
  const text = result?.console && Buffer.from(await store.get(result.console)).toString('utf8');
  return {
    machine,
    said: result?.said ?? null,
    power: result?.instance?.power ?? null,
    snapshots: result?.snapshots ?? null,
    hold: result?.hold ?? null,
    console: text ?? null,
    facts: result?.facts ?? null,
    failure: failure ?? null,
  };
}

/** Prints what was done, failures on standard error; the answer is the exit status. */
export function emitOperated(
  context: Context,
  document: OperateDocument,
  text: (document: OperateDocument) => string = said,
): number {
  const shown = document.machines.some((one) => one.failure === null);
  if (shown || context.flags.output !== 'text') context.emit(document, () => text(document));
  if (context.flags.output === 'text')
    for (const { machine, failure } of document.machines) if (failure) tellFailure(context, machine, failure);
  return exitOfOperated(document.machines);
}

function tellFailure(context: Context, machine: string, failure: FailureInfo): void {
  context.io.err(`${machine}: ${failure.code}  ${failure.message}`);
  for (const line of failure.detail ?? []) context.io.err(`    ${line}`);
  if (failure.remedy) context.io.err(`    ${failure.remedy}`);
}

const done = (document: OperateDocument): readonly OperatedMachine[] =>
  document.machines.filter((one) => one.failure === null);

const said = (document: OperateDocument): string =>
  done(document)
    .map((one) => one.said ?? `${one.machine}: done`)
    .join('\n');

export const snapshotTable = (document: OperateDocument): string =>
  columns(done(document).flatMap(rowsOf)).join('\n');

const rowsOf = ({ machine, snapshots }: OperatedMachine): string[][] =>
  snapshots === null || snapshots.length === 0
    ? [[machine, 'no snapshots']]
    : snapshots.map((one) => [
        machine,
        one.name,
        one.at,
        bytes(one.sizeBytes),
        one.memory ? 'disks and memory' : 'disks',
      ]);

/** Worst of all machines. What was tried and failed is 1, unlike a mistake in what was typed. */
export const exitOfOperated = (machines: readonly Pick<OperatedMachine, 'failure'>[]): number =>
  worst(
    machines.map(({ failure }) => {
      if (failure === null) return Exit.asAsked;
      const exit = exitOfFailure(failure.code, failure.cause);
      return exit === Exit.badInput ? Exit.failed : exit;
    }),
  );
