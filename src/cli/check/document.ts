import { parseJournalLine } from '../../bundle/index.js';
import type { BundleId, FailureInfo, Hold, JournalLine, StepCounts } from '../../model/index.js';
import type { LookedMachine } from '../../workflows/lookTypes.js';
import { Exit, exitOfFailure, worst } from '../exit.js';
import type { Stores } from '../stores.js';

/** What `check -o json` prints. */
export interface CheckDocument {
  readonly schema: 'millwright/check/v1';
  readonly fleet: string;
  readonly environment: string;
  /** Their histories are the record of who asked. */
  readonly workflows: readonly string[];
  readonly machines: readonly CheckedMachine[];
}
export interface CheckedMachine {
  readonly machine: string;
  /** `absent`: its provider says that there is no such machine; `off`: it is powered off; `held`: somebody keeps runs off it; `unknown`: nobody got in to look. */
  readonly state: 'aligned' | 'differs' | 'absent' | 'off' | 'held' | 'unknown';
  /** Bundle that it was compared with; null: it was never admitted to one. */
  readonly assigned: BundleId | null;
  /** Bundle that the machine says it was admitted to. */
  readonly head: BundleId | null;
  readonly counts: StepCounts | null;
  readonly differs: readonly CheckedStep[];
  /** null: nobody got in to look. */
  readonly debts: readonly string[] | null;
  readonly hold: Hold | null;
  readonly failure: FailureInfo | null;
}
export interface CheckedStep {
  readonly step: string;
  readonly reason: string;
  /** Unified, secrets masked; null where the type has none. */
  readonly diff: string | null;
}

export async function checkedMachine(
  { store }: Stores,
  one: LookedMachine,
  assigned: BundleId | null,
): Promise<CheckedMachine> {
  const { machine, look } = one;
  const failure = one.failure ?? look?.unreachable ?? null;
  const lines = look?.evidence === undefined ? [] : await journal(store, look.evidence);
  const differs = (look?.differs ?? []).map((each) => ({ ...each, diff: diffOf(lines, each.step) }));
  return {
    ...{ machine, state: stateOf(one, assigned), assigned, head: look?.head?.bundle ?? null },
    counts: look?.counts ?? null,
    ...{ differs, debts: look?.debts ?? null, hold: look?.hold ?? null, failure },
  };
}

function stateOf({ look, failure }: LookedMachine, assigned: BundleId | null): CheckedMachine['state'] {
  if (failure !== undefined || look === undefined || look.unreachable !== undefined) return 'unknown';
  if (look.found.state === 'absent') return 'absent';
  if (look.found.state === 'present' && look.found.instance.power === 'off') return 'off';
  if (look.hold !== null) return 'held';
  // What was never admitted to anything may be as it is declared all the same.
  const same = assigned === null && look.debts !== null && look.differs.length === 0;
  return look.aligned || same ? 'aligned' : 'differs';
}

async function journal(store: Stores['store'], digest: string): Promise<readonly JournalLine[]> {
  const text = Buffer.from(await store.get(digest)).toString('utf8');
  return text.split('\n').flatMap((line) => parseJournalLine(line) ?? []);
}

function diffOf(lines: readonly JournalLine[], step: string): string | null {
  const line = lines.find((one) => one.step === step && one.state === 'differs');
  return line?.diff ?? line?.output ?? null;
}

/** Worst of all machines. */
export const exitOfCheck = (machines: readonly CheckedMachine[]): number =>
  worst(
    machines.map(({ state, failure }) => {
      if (failure !== null) return exitOfFailure(failure.code, failure.cause);
      if (state === 'aligned') return Exit.asAsked;
      return state === 'differs' || state === 'absent' ? Exit.differences : Exit.incomplete;
    }),
  );
