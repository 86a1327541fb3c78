import type { Change, FailureInfo, MachineOutcome, Outcome, Plan } from '../../model/index.js';
import type { AnswerEntry, HistoryRow, MachineRow } from '../../record/port.js';
import {
  type AnswerDocument,
  othersText,
  type PublishedUrl,
  type QuestionDocument,
  type RunDocument,
  type RunMachine,
  type VoteDocument,
  type WayBack,
} from '../../report/index.js';
import type { Answered, Question } from '../../workflows/types.js';
import { Exit, exitOfOutcomes, exitOfRun, worst } from '../exit.js';
import type { Stores } from '../stores.js';
import type { RunFacts } from './facts.js';
import { openGates } from './governed.js';
import { originsOf } from './origin.js';
import { recordedVotes } from './votes.js';
import { plannedMachines, planOf, waysBack } from './wayBack.js';

/** More than a person reads would only cost. */
const EXPLAINED = 20;

interface Around {
  readonly facts: RunFacts;
  readonly history: readonly HistoryRow[];
  readonly rows: readonly MachineRow[];
  readonly ways: ReadonlyMap<string, WayBack>;
  readonly notStarted: readonly string[];
  readonly origin: (failure: FailureInfo | undefined) => string | null;
}

/** The report of a run: outcomes, receipts, open questions and URLs, from the record as far as it knows them. */
export async function runDocument(
  facts: RunFacts,
  stores: Stores,
  temporalUrl: string | null,
): Promise<RunDocument> {
  const { change, outcome } = facts;
  const around = await lookAround(facts, stores);
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
    outcome,
    machines: facts.machines.map((one) => runMachine(one, around)),
    urls: urlsOf(around.rows),
    temporalUrl,
    exit: exitOf(facts),
    of: change.of ?? null,
    questions: facts.questions.map((one) => questionDocument(one, around)),
    answers: (await answersOf(facts, stores)).map(answerDocument),
    notStarted: around.notStarted,
    failure: facts.failure ?? null,
    ...facts.governed,
    votes: await votesOf(facts, stores),
  };
}

async function lookAround(facts: RunFacts, stores: Stores): Promise<Around> {
  const { change, questions } = facts;
  const history = await stores.record.outcomes(change.id);
  const rows = await stores.record.machines(change);
  const asked = questions.map((one) => one.machine);
  const unwell = facts.machines.filter((one) => one.failure !== undefined).map((one) => one.machine);
  const explained = [...new Set([...asked, ...unwell])].slice(0, EXPLAINED);
  const plan = explained.length > 0 ? await planOf(stores, change) : undefined;
  return {
    ...{ facts, history, rows },
    ways: plan && change.verb !== 'rollback' ? await waysBack(stores, change, plan, explained) : new Map(),
    notStarted: plan && facts.outcome === null ? namesLeft(plan, facts) : [],
    origin: explained.length > 0 ? await originsOf(change) : () => null,
  };
}

/** Machines of a plan that a run hasn't come to. */
function namesLeft(plan: Plan, { machines, running, questions }: RunFacts): string[] {
  const begun = new Set([...machines.map((one) => one.machine), ...running]);
  for (const { machine } of questions) begun.add(machine);
  return plannedMachines(plan).flatMap(({ machine }) => (begun.has(machine) ? [] : [machine]));
}

function runMachine(outcome: MachineOutcome, around: Around): RunMachine {
  const { facts, history, rows, ways } = around;
  const row = rows.find((one) => one.ref.machine === outcome.machine);
  return {
    machine: outcome.machine,
    group: row?.group ?? null,
    outcome: outcome.outcome,
    detail: outcome,
    receipts: history.find((one) => one.machine === outcome.machine)?.receipts ?? [],
    evidence: [],
    debts: debtsOf(row, facts.change),
    wayBack: ways.get(outcome.machine) ?? null,
    origin: around.origin(outcome.failure),
  };
}

/** What the record says is owed, while this change was the last to be there. */
const debtsOf = (row: MachineRow | undefined, change: Change): readonly string[] | null =>
  row?.lastChange === change.id ? row.debts : null;

function questionDocument(question: Question, around: Around): QuestionDocument {
  const { facts, rows, ways, notStarted } = around;
  const { machine, group, since, attempt, answers, outcome } = question;
  const asked = new Set(facts.questions.map((one) => one.machine));
  return {
    ...{ machine, group, since, attempt, answers },
    detail: outcome,
    debts: debtsOf(
      rows.find((one) => one.ref.machine === machine),
      facts.change,
    ),
    wayBack: ways.get(machine) ?? null,
    origin: around.origin(outcome.failure),
    touched: [...new Set([...touchedBy(facts.machines), ...asked])],
    others: othersText({
      machines: facts.machines.filter((one) => one.machine !== machine),
      notStarted,
      why: `${[...asked].join(', ')} failed, run ${facts.run ?? facts.change.id} waits`,
    }),
  };
}

const touched: readonly Outcome[] = [
  ...(['applied', 'failed', 'stopped', 'cancelled', 'unknown', 'running', 'rollback-failed'] as const),
];

/** Machines on which a change may have left something: the others are as they were before it. */
export const touchedBy = (outcomes: readonly MachineOutcome[]): string[] =>
  outcomes.filter((one) => touched.includes(one.outcome)).map((one) => one.machine);

const answersOf = async (
  facts: RunFacts,
  { record }: Stores,
): Promise<readonly (Answered | AnswerEntry)[]> =>
  facts.answers.length > 0 ? facts.answers : record.answers(facts.change.id);

export const answerDocument = ({
  answer,
  machine,
  by,
  reason,
  at,
}: Answered | AnswerEntry): AnswerDocument => ({ ...{ answer, machine, by, at }, reason: reason ?? null });

/** What the run itself says of its gates, or, once it has ended, the record. */
async function votesOf({ governed, change }: RunFacts, { record }: Stores): Promise<readonly VoteDocument[]> {
  const said = governed.gates.flatMap((gate) => gate.votes);
  const kept = await recordedVotes(record, change.id);
  return kept.length >= said.length ? kept : said;
}

/** A run that waits for a person is neither well nor failed yet. */
function exitOf({ outcome, machines, questions, governed }: RunFacts): number {
  const held = openGates(governed.gates).length > 0 || governed.paused !== null;
  if (outcome === null && (questions.length > 0 || held || governed.window?.open === false))
    return Exit.waits;
  return worst([exitOfRun(outcome), exitOfOutcomes(machines.map((one) => one.outcome))]);
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
