import { ulid } from 'ulid';
import { canonicalJson, parseDuration, type Vote, voteText } from '../../model/index.js';
import { readPlan } from '../../store/documents.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { Exit } from '../exit.js';
import { environmentFlag } from '../flags.js';
import { reasonOf } from '../reason.js';
import { refusalCode } from '../run/send.js';
import { tell } from '../run/tell.js';
import { type ActiveScene, atActiveRun, progressOf } from '../scene.js';
import { who } from '../who.js';
import { type CastDocument, castText } from './document.js';
import { type Wanted, wantedGate } from './gate.js';
import { type SigningKey, signingKey } from './key.js';
import { shownVote } from './shown.js';
import { sign } from './sign.js';

/** As commander hands them over. */
export interface VoteOptions {
  as?: string;
  key?: string;
  reason?: string;
  breakGlass?: string;
  unsigned?: boolean;
  external?: string;
  expires: string;
  override?: boolean;
}

export interface VoteCommand {
  readonly verb: 'approve' | 'reject';
  readonly run: string;
  readonly gate: string | undefined;
  readonly options: VoteOptions;
}

type Answer = { readonly counted: true; readonly missing: number };
type Cast = Pick<CastDocument, 'by' | 'how' | 'text' | 'sshsig' | 'missing'>;

/** Ends before the longest that a worker may take for ssh-keygen's answer would be too short. */
const DEADLINE_MS = 30_000;
const LONGEST_MS = 24 * 3_600_000;

/** Answers a gate of a run, signed unless told otherwise; the answer is the exit status. */
export function castVote(context: Context, command: VoteCommand): Promise<number> {
  const lifeMs = lifeOf(command.options.expires);
  requireOneWay(command);
  requireWords(command.options);
  return atActiveRun(context, command.verb, command.run, async (scene) => {
    const { verb, gate, options } = command;
    const wanted = wantedGate(await progressOf(scene), gate, verb, options.override === true);
    const plain = options.unsigned || options.external !== undefined;
    const cast = plain
      ? await plainVote(scene, command, wanted)
      : await signedVote(scene, command, wanted, lifeMs);
    if (cast === undefined) return Exit.badInput;
    const { id: change, plan, fleet, environment } = scene.found.change;
    const { gate: id, decision } = wanted;
    const document: CastDocument = {
      ...{ schema: 'millwright/vote/v1', fleet, environment, change, plan, gate: id, decision },
      ...cast,
    };
    context.emit(document, () => castText(document));
    context.say(`Watch it: millwright status ${command.run} -w${environmentFlag(context)}`);
    return Exit.asAsked;
  });
}

async function plainVote(
  scene: ActiveScene,
  { verb, options }: VoteCommand,
  { gate }: Wanted,
): Promise<Cast> {
  const by = options.as ?? who();
  const { external: reference } = options;
  const argument = { id: ulid(), by, gate, reason: reasonOf(options.reason), reference };
  const { missing } = await send(scene, verb, verb, gate, argument);
  return { by, how: reference === undefined ? 'unsigned' : 'external', text: null, sshsig: null, missing };
}

/** Undefined: whoever was asked didn't want to sign it. */
async function signedVote(
  scene: ActiveScene,
  { verb, options }: VoteCommand,
  { gate, decision, progress }: Wanted,
  lifeMs: number,
): Promise<Cast | undefined> {
  const { context, stores, found } = scene;
  const { change } = found;
  const principal = options.as ?? who();
  const breakGlass = options.breakGlass !== undefined;
  const unsigned: Omit<Vote, 'sshsig'> = {
    ...{ id: ulid(), gate, planDigest: change.plan, principal, decision },
    expires: new Date(Date.now() + lifeMs).toISOString(),
    reason: reasonOf(options.breakGlass ?? options.reason),
    ...(breakGlass && { breakGlass }),
  };
  const text = voteText(change, unsigned);
  const plan = await readPlan(stores.store, change.plan);
  const key = await signingKey(options.key);
  context.io.err(shownVote({ change, plan, gate: progress, text, principal, key: nameOf(key) }));
  if (!(await context.confirm(`Sign it, and ${verb}?`))) {
    context.say('Nothing was signed.');
    return undefined;
  }
  const sshsig = await sign(key, canonicalJson(text), context.io.interactive && context.flags.input);
  const { missing } = await send(scene, verb, 'vote', gate, { ...unsigned, sshsig });
  return { by: principal, how: breakGlass ? 'break-glass' : 'signed', text, sshsig, missing };
}

const send = ({ engine, found }: ActiveScene, verb: string, update: string, gate: string, argument: object) =>
  tell<Answer>(engine, found.started, {
    ...{ update, argument, code: refusalCode(verb), deadlineMs: DEADLINE_MS },
    refusal: `${gate} can't be answered with ${verb}`,
  });

const nameOf = (key: SigningKey): string =>
  'file' in key ? key.file : `${key.publicKey.split(' ').slice(2).join(' ') || 'a key'} of the ssh-agent`;

function lifeOf(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0 && ms <= LONGEST_MS) return ms;
  throw usageError(
    `--expires ${text} is no time that a vote may be valid for.`,
    'Write 10m, 1h or at most 24h.',
  );
}

/** What would be signed, or sent, and then be refused. */
function requireWords({ as, external, breakGlass, reason }: VoteOptions): void {
  reasonOf(reason);
  if (breakGlass !== undefined && !reasonOf(breakGlass, '--break-glass'))
    throw usageError('--break-glass needs a reason.', 'Say why: --break-glass TEXT');
  if (as?.trim() === '') throw usageError('--as needs a name.', 'The one that you have in the policy.');
  if (external !== undefined && !/^https?:$/.test(URL.canParse(external) ? new URL(external).protocol : ''))
    throw usageError(
      `--external ${external} is no address where an approval can be read.`,
      'Give the whole URL of the job: --external https://ci.example/job/42',
    );
}

/** Ways to answer that make no sense together. */
function requireOneWay({ verb, options }: VoteCommand): void {
  const { unsigned, external, breakGlass, override, reason, key } = options;
  const plain = unsigned || external !== undefined;
  const ways = [unsigned, external !== undefined, breakGlass !== undefined, override].filter(Boolean).length;
  if (ways > 1) throw usageError('--unsigned, --external, --break-glass and --override exclude one another.');
  if (plain && key !== undefined) throw usageError('--key signs; --unsigned and --external do not.');
  if (breakGlass !== undefined && verb === 'reject')
    throw usageError('--break-glass only approves.', 'Anybody who is asked may reject without it.');
  if (override && !reasonOf(reason)) throw usageError('--override needs a reason.', 'Say why: --reason TEXT');
}
