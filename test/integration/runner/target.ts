import {
  bundlePath,
  bundleTar,
  encodeSlots,
  journalEnd,
  makeBundle,
  parseJournalLine,
  parseStart,
  parseStatus,
  runnerPath,
  runnerScript,
  type SlotValue,
  type StartAnswer,
  type StartInput,
  startArgv,
  statusArgv,
  type TargetStatus,
} from '../../../src/bundle/index.js';
import {
  type Bundle,
  type JournalLine,
  type Slot,
  sha256Hex,
  type VerifyCheck,
} from '../../../src/model/index.js';
import { compileResource, type Resource } from '../../../src/resources/index.js';
import type { Box } from './box.js';

export interface Packed {
  readonly bundle: Bundle;
  readonly bytes: string;
}

export interface RunResult {
  readonly answer: StartAnswer;
  readonly journal: readonly JournalLine[];
  readonly code: number;
  readonly stderr: string;
}

export interface Target {
  readonly runner: string;
  load(
    resources: readonly Resource[],
    verify?: readonly VerifyCheck[],
    slots?: readonly Slot[],
  ): Promise<Packed>;
  /** Starts and follows to the end; `expect` is the head of now unless given. */
  run(
    packed: Packed,
    run: string,
    more?: Partial<StartInput>,
    slots?: readonly SlotValue[],
  ): Promise<RunResult>;
  status(): Promise<TargetStatus>;
}

/** A box with the runner on it, spoken to as an activity does; `edit` makes it another runner. */
export async function makeTarget(
  box: Pick<Box, 'exec' | 'put'>,
  edit = (script: string): string => script,
): Promise<Target> {
  const bytes = edit(Buffer.from(runnerScript().bytes).toString('utf8'));
  const digest = sha256Hex(bytes);
  await box.put(runnerPath(digest), bytes);
  const status = async (): Promise<TargetStatus> => parseStatus((await box.exec(statusArgv(digest))).stdout);
  return {
    runner: digest,
    status,
    async load(resources, verify = [], slots = []) {
      const bundle = makeBundle({ steps: resources.map(compileResource), verify, slots });
      const tar = bundleTar(bundle);
      await box.put(bundlePath(sha256Hex(tar)), tar);
      return { bundle, bytes: sha256Hex(tar) };
    },
    async run({ bundle, bytes }, run, more = {}, slots = []) {
      const expect = more.expect === undefined ? (await status()).head : more.expect;
      const argv = startArgv({
        ...{ runner: digest, run, bundle: bundle.id, bytes, purpose: 'apply', instance: 'box', follow: true },
        ...more,
        expect,
      });
      const { code, stdout, stderr } = await box.exec(argv, encodeSlots(slots));
      return { answer: parseStart(stdout), journal: readJournal(stdout), code, stderr };
    },
  };
}

export const readJournal = (stdout: string): JournalLine[] =>
  stdout.split('\n').flatMap((line) => parseJournalLine(line) ?? []);

/** `state step` of every line about a step: what happened, in order. */
export const story = ({ journal }: Pick<RunResult, 'journal'>): string[] =>
  journal.flatMap((line) => (line.step === undefined ? [] : [`${line.state} ${line.step}`]));

export const ending = ({ journal }: Pick<RunResult, 'journal'>): string | undefined => journalEnd(journal);
