import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import type { MachineRow } from '../../record/port.js';
import { chooseRecorded } from '../candidates.js';
import { usageError } from '../errors.js';
import { Exit, worst } from '../exit.js';
import { type Reaching, reach, remoteWords } from '../reach.js';
import { type CopyOrder, entryName, type Place } from './place.js';

export interface CopyOptions {
  readonly recursive: boolean;
}

/** Copies each source as a tar from one shell to another; either may be here or on a machine. */
export async function copy(reaching: Reaching, order: CopyOrder, options: CopyOptions): Promise<number> {
  const rows = await machinesOf(reaching, order);
  const exits: number[] = [];
  for (const source of order.sources) exits.push(await copyOne(reaching, rows, order, source, options));
  return worst(exits);
}

type Rows = ReadonlyMap<string, MachineRow>;

async function machinesOf(reaching: Reaching, order: CopyOrder): Promise<Rows> {
  const named = [...order.sources, order.destination].flatMap((one) => one.machine ?? []);
  const rows = new Map<string, MachineRow>();
  for (const name of new Set(named)) {
    const chosen = await chooseRecorded(reaching.stores.record, reaching.environment, [name]);
    const [first, ...more] = chosen;
    if (!first || more.length > 0)
      throw usageError(
        `${name} names ${chosen.length} machines; a copy is with one.`,
        undefined,
        'MW-TARGET-SYNTAX',
      );
    rows.set(name, first.row);
  }
  return rows;
}

function copyOne(
  reaching: Reaching,
  rows: Rows,
  { sources, destination }: CopyOrder,
  source: Place,
  { recursive }: CopyOptions,
): Promise<number> {
  const what = ['cp', ...(recursive ? ['-r'] : []), wordOf(source), wordOf(destination)];
  const name = entryName(source);
  const pack = [packScript, source.path, recursive ? 'yes' : 'no'];
  const unpack = [unpackScript, destination.path, sources.length > 1 ? 'yes' : 'no', ...(name ? [name] : [])];
  return at(reaching, rows, source, what, (from) =>
    at(reaching, rows, destination, what, (to) => pipe(from(pack), to(unpack))),
  );
}

const script = (name: string): string => readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');
const packScript = script('pack.sh');
const unpackScript = script('unpack.sh');

const wordOf = ({ machine, path }: Place): string => (machine === undefined ? path : `${machine}:${path}`);

type Argv = readonly [program: string, ...words: string[]];
/** A script with its arguments → what to run here for it to run there. */
type There = (script: readonly string[]) => Argv;

function at<T>(
  reaching: Reaching,
  rows: Rows,
  { machine }: Place,
  what: readonly string[],
  use: (there: There) => Promise<T>,
): Promise<T> {
  const row = machine === undefined ? undefined : rows.get(machine);
  if (row === undefined) return use(([text = '', ...words]) => ['sh', '-c', text, 'millwright', ...words]);
  return reach(reaching, row, what, ({ ssh }) =>
    use(([text = '', ...words]) => [
      'ssh',
      ...ssh,
      '--',
      remoteWords(['sh', '-c', text, 'millwright', ...words]),
    ]),
  );
}

/** ssh ends with this when it can't get in, whatever the command would have said. */
const SSH_FAILED = 255;

/** Each side says on standard error what it doesn't like. */
async function pipe([from, ...fromWords]: Argv, [to, ...toWords]: Argv): Promise<number> {
  const common = { reject: false, stderr: 'inherit', buffer: false } as const;
  const sender = execa(from, fromWords, { ...common, stdin: 'ignore', stdout: 'pipe' });
  const receiver = execa(to, toWords, { ...common, stdin: 'pipe', stdout: 'ignore' });
  sender.stdout.pipe(receiver.stdin);
  // Who receives may end first: what is left of the stream then goes nowhere.
  receiver.stdin.on('error', () => sender.stdout.resume());
  const ends = await Promise.all([sender, receiver]);
  if (ends.some((one) => one.exitCode === SSH_FAILED)) return Exit.unreachable;
  return ends.every((one) => one.exitCode === 0) ? Exit.asAsked : Exit.failed;
}
