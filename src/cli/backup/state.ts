import { z } from 'zod';
import type { Change, EnvironmentRef, Hold, InstanceInfo } from '../../model/index.js';
import { noBackup } from './errors.js';

const place = { fleet_uid: z.string(), environment: z.string(), machine: z.string() };
const machineRow = z.looseObject({
  ...place,
  fleet: z.string(),
  site: z.string(),
  group_name: z.string(),
  instance: z.string().nullable(),
  assigned: z.string().nullable(),
  verified: z.string().nullable(),
  last_change: z.string(),
  last_outcome: z.string(),
  hold: z.string().nullable(),
  forgotten: z.number(),
});
const debtRow = z.looseObject({ ...place, debt: z.string() });

/** What a backup needs to know of a record's state; the record itself checks all of it when it is brought back. */
const schema = z.looseObject({
  rows: z.looseObject({
    machines: z.array(machineRow),
    debts: z.array(debtRow),
    changes: z.array(z.looseObject({ id: z.string(), body: z.string() })),
  }),
});

export type State = z.infer<typeof schema>;

/** One machine of a state. */
export interface StateMachine {
  readonly environment: EnvironmentRef;
  readonly machine: string;
  readonly group: string;
  readonly site: string;
  readonly instance: InstanceInfo | null;
  readonly assigned: string | null;
  readonly verified: string | null;
  readonly lastChange: string;
  readonly debts: readonly string[];
  readonly hold: Hold | null;
  readonly forgotten: boolean;
}

/** What a target says of itself, which wins over what was written down of it. */
export interface Truth {
  readonly assigned: string | null;
  readonly verified: string | null;
  readonly debts: readonly string[];
  readonly hold: Hold | null;
  readonly instance: InstanceInfo;
}

export function parseState(file: string, bytes: Buffer): State {
  const parsed = schema.safeParse(JSON.parse(bytes.toString('utf8')));
  if (parsed.success) return parsed.data;
  throw noBackup(file, `its record.json lacks ${parsed.error.issues[0]?.path.join('.')}`);
}

export const machinesOf = (state: State): StateMachine[] =>
  state.rows.machines.map((row) => ({
    environment: { fleet: row.fleet, fleetUid: row.fleet_uid, environment: row.environment },
    ...{ machine: row.machine, group: row.group_name, site: row.site },
    instance: row.instance === null ? null : (JSON.parse(row.instance) as InstanceInfo),
    ...{ assigned: row.assigned, verified: row.verified, lastChange: row.last_change },
    debts: state.rows.debts.filter((one) => isOf(row, one)).map((one) => one.debt),
    hold: row.hold === null ? null : (JSON.parse(row.hold) as Hold),
    forgotten: row.forgotten !== 0,
  }));

export const changesOf = (state: State): Change[] =>
  state.rows.changes.map(({ body }) => JSON.parse(body) as Change);

/** Environments of a state, each once. */
export function environmentsOf(machines: readonly StateMachine[]): EnvironmentRef[] {
  const all = machines.map(({ environment }) => [environmentKey(environment), environment] as const);
  return [...new Map(all).values()];
}

export const environmentKey = ({ fleetUid, environment }: EnvironmentRef): string =>
  `${fleetUid}/${environment}`;
export const machineKey = ({ environment, machine }: Pick<StateMachine, 'environment' | 'machine'>): string =>
  `${environmentKey(environment)}/${machine}`;

/** The state with what the targets say instead of what was written down of them. */
export function withTruths(state: State, truths: ReadonlyMap<string, Truth>): State {
  const { machines, debts } = state.rows;
  const told = (row: { fleet_uid: string; environment: string; machine: string }): Truth | undefined =>
    truths.get(`${row.fleet_uid}/${row.environment}/${row.machine}`);
  return {
    ...state,
    rows: {
      ...state.rows,
      machines: machines.map((row) => ({ ...row, ...columnsOf(row, told(row)) })),
      debts: [
        ...debts.filter((row) => told(row) === undefined),
        ...machines.flatMap((row) => debtsOf(row, told(row))),
      ],
    },
  };
}

type Row = State['rows']['machines'][number];

function columnsOf(row: Row, truth: Truth | undefined): Partial<Row> {
  if (truth === undefined) return {};
  const { assigned, verified, hold, instance } = truth;
  const moved = row.assigned !== assigned || row.verified !== verified;
  return {
    ...{ assigned, verified },
    instance: JSON.stringify(instance),
    hold: hold === null ? null : JSON.stringify(hold),
    ...(moved ? { last_outcome: assigned !== null && assigned === verified ? 'applied' : 'owed' } : {}),
  };
}

const debtsOf = ({ fleet_uid, environment, machine }: Row, truth: Truth | undefined) =>
  [...new Set(truth?.debts ?? [])].map((debt) => ({ fleet_uid, environment, machine, debt }));

const isOf = (a: Pick<Row, keyof typeof place>, b: Pick<Row, keyof typeof place>): boolean =>
  a.machine === b.machine && a.environment === b.environment && a.fleet_uid === b.fleet_uid;
