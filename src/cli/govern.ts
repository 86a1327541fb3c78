import type { Context } from './context.js';
import { usageError } from './errors.js';
import { Exit } from './exit.js';
import { environmentFlag } from './flags.js';
import { reasonOf } from './reason.js';
import { pauseOf } from './run/governed.js';
import { watchRun } from './run/run.js';
import { refusalCode } from './run/send.js';
import { tell } from './run/tell.js';
import { type ActiveScene, atActiveRun, progressOf } from './scene.js';
import { parseFollow, type RawSteering } from './steering.js';
import { who } from './who.js';

export type GovernVerb = 'pause' | 'resume' | 'promote';

export interface GovernOptions extends RawSteering {
  group?: string;
  maxParallel?: string[];
}

/** Holds a run back, lets it go on, or ends its soak; what goes on again is followed like `up` does. */
export function governRun(
  context: Context,
  verb: GovernVerb,
  run: string,
  options: GovernOptions,
): Promise<number> {
  const limits = (options.maxParallel ?? []).map(parseLimit);
  const { detach, onInterrupt, reports } = parseFollow(options);
  return atActiveRun(context, verb, run, async (scene) => {
    for (const limit of limits) await ask(scene, 'limit', { by: who(), ...limit });
    if (limits.length === 0 || (await isPaused(scene))) await ask(scene, verb, request(options));
    context.say(`Accepted: ${accepted(verb, options)}.`);
    const { engine, stores, found } = scene;
    const { change, started } = found;
    if (verb !== 'pause' && !detach)
      return watchRun({ context, engine, stores, change, started, onInterrupt, reports });
    const next =
      verb === 'pause' ? `Go on: millwright resume ${run}` : `Watch it: millwright status ${run} -w`;
    context.say(`${next}${environmentFlag(context)}`);
    return Exit.asAsked;
  });
}

const isPaused = async (scene: ActiveScene): Promise<boolean> =>
  pauseOf(await progressOf(scene)) !== undefined;

const request = ({ reason: given, group }: GovernOptions) => {
  const reason = reasonOf(given);
  return { by: who(), ...(reason !== undefined && { reason }), ...(group !== undefined && { group }) };
};

const ask = ({ engine, found }: ActiveScene, update: GovernVerb | 'limit', argument: object) =>
  tell(engine, found.started, {
    ...{ update, argument, code: refusalCode(update) },
    refusal: refusals[update],
  });

const refusals: Readonly<Record<GovernVerb | 'limit', string>> = {
  pause: "the run can't be paused",
  resume: "the run can't be resumed",
  promote: 'no soak can be ended',
  limit: "how many are at work can't be changed",
};

/** `web=20`. */
export function parseLimit(text: string): { readonly group: string; readonly maxParallel: number } {
  const [, group, number] = /^([a-z0-9-]+)=(\d{1,4})$/.exec(text) ?? [];
  if (group !== undefined && Number(number) >= 1) return { group, maxParallel: Number(number) };
  throw usageError(`--max-parallel ${text} is no number of machines.`, 'Write GROUP=NUMBER, such as web=20.');
}

function accepted(verb: GovernVerb, { group, maxParallel = [] }: GovernOptions): string {
  if (maxParallel.length > 0) return `at once at work from now on: ${maxParallel.join(', ')}`;
  if (verb === 'pause') return 'nothing new starts; what runs comes to its end';
  if (verb === 'resume') return 'the run goes on';
  return group === undefined ? 'soaks that go on end now' : `the soak of ${group} ends now`;
}
