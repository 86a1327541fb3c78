import type { Next, Typed } from './next.js';
import type { GateDocument, PauseDocument, VoteDocument, WindowDocument } from './runDocuments.js';
import { ago, duration } from './text.js';
import { oneLine } from './visible.js';
import { nameList } from './words.js';

/** `16:00Z`, or with its day where that isn't today. */
export function clock(time: string, now: number): string {
  const [day, hour] = [time.slice(0, 10), `${time.slice(11, 16)}Z`];
  return day === new Date(now).toISOString().slice(0, 10) ? hour : `${day} ${hour}`;
}

/** `16:00Z (in 3h12m)`. */
export const ahead = (time: string, now: number): string =>
  `${clock(time, now)} (${Date.parse(time) <= now ? 'now' : `in ${duration(Date.parse(time) - now)}`})`;

/** `before the first batch`, `before web`, `after the canary of web`. */
export function gatePlace(gate: string): string {
  const [kind = '', ...rest] = gate.split(':');
  const group = rest.join(':');
  if (kind === 'rollout') return 'before the first batch';
  if (kind === 'group') return `before ${group}`;
  return kind === 'canary' ? `after the canary of ${group}` : 'outside its window';
}

/** Approvals that were given. */
export const approvalsOf = ({ votes }: Pick<GateDocument, 'votes'>): number =>
  votes.filter(({ decision }) => decision !== 'reject').length;

/** `approved by ada (signed)`, `rejected by bob (unsigned): not today`. */
export function voteText({ decision, by, how, reason, reference }: VoteDocument): string {
  const words = { approve: 'approved', reject: 'rejected', override: 'window overridden' };
  const where = reference === null ? '' : `, ${oneLine(reference)}`;
  return `${words[decision]} by ${oneLine(by)} (${how}${where})${reason === null ? '' : `: ${oneLine(reason)}`}`;
}

/** `1 of 2 approvals: approved by ada (signed)`. */
export function approvalsText(gate: GateDocument): string {
  const given = gate.votes.map(voteText).join(', ');
  return `${approvalsOf(gate)} of ${gate.approvals} ${gate.approvals === 1 ? 'approval' : 'approvals'}${given === '' ? '' : `: ${given}`}`;
}

/** Who may answer it: people by name, or whoever may send a message. */
export function mayAnswer({ waitsFor, unsigned, external, authorUnverified }: GateDocument): string {
  const people = waitsFor.length > 0 ? nameList(waitsFor) : 'nobody that the policy knows is left';
  const plain = [
    ...(external ? ['a pipeline that names its own approval'] : []),
    ...(unsigned ? ['whoever may write to the Temporal namespace, unsigned'] : []),
  ];
  const all = plain.length > 0 && waitsFor.length === 0 ? plain : [people, ...plain];
  const warning = authorUnverified ? '; nothing proves who wrote the change' : '';
  return `${all.join(', or ')}${warning}`;
}

/** `until 14:00Z (in 27m00s), then the run stops`. */
export function deadlineText({ deadline, onTimeout }: GateDocument, now: number): string {
  if (deadline === null) return 'there is no deadline';
  const then = onTimeout === 'rollback' ? 'is rolled back' : 'stops';
  return `until ${ahead(deadline, now)}, then the run ${then}`;
}

/** What can be typed to answer a gate. */
export function gateCommands(gate: GateDocument, { run, flag }: Typed): Next[] {
  const { waitsFor, unsigned, external } = gate;
  const approve = `millwright approve ${run} ${gate.gate}`;
  const signed: Next[] = [[`${approve}${flag}`, 'agrees, signed with your SSH key']];
  return [
    ...(waitsFor.length > 0 || (!unsigned && !external) ? signed : []),
    ...(unsigned ? [[`${approve} --unsigned${flag}`, 'agrees; nobody proves who said so'] as const] : []),
    ...(external
      ? [[`${approve} --external URL${flag}`, "a pipeline's own approval, told at URL"] as const]
      : []),
    [`millwright reject ${run} ${gate.gate}${flag}`, 'ends the run; what is done stays'],
  ];
}

/** Outside its window a run waits for it, or for somebody who may override that. */
export const windowCommands = ({ run, flag }: Typed): Next[] => [
  [`millwright approve ${run} --override --reason WHY${flag}`, 'goes on now, where the policy lets you'],
  [`millwright stop ${run}${flag}`, 'leaves all as it is'],
];

/** `window closes 16:00Z (in 3h12m), then it pauses`, `closed until 2026-12-01 09:00Z (in 2d4h): freeze: holidays`. */
export function windowText(window: WindowDocument, now: number): string {
  const { open, why, until, atClose } = window;
  if (!open) return `closed${until === null ? '' : ` until ${ahead(until, now)}`}: ${oneLine(why)}`;
  if (until === null) return 'window open';
  const then = { pause: 'it pauses', finish: 'what runs is finished', rollback: 'it is rolled back' }[
    atClose
  ];
  return `window closes ${ahead(until, now)}, then ${then}`;
}

/** `paused by ada 3 min ago: lunch`. */
export const pauseText = ({ by, at, reason }: PauseDocument, now: number): string =>
  `paused by ${oneLine(by)} ${ago(now - Date.parse(at))}${reason === null ? '' : `: ${oneLine(reason)}`}`;
