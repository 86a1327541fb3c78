import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MillwrightError } from '../../model/index.js';
import type { Ansible, PlaybookOrder, SiteOutcome } from '../port.js';
import { type Environment, ensureEnvironment, reachable } from './environment.js';
import { type PlayEvent, parseEvent } from './events.js';
import { maskOutcome } from './mask.js';
import { outcomeOf } from './outcome.js';
import { runSupervised } from './process.js';
import { ensureRequirements } from './requirements.js';
import { fleetIn, layOut, openWorkplace, playbookEnv } from './workplace.js';

export { ensureEnvironment, environmentDir, installedVersion, pinnedVersion } from './environment.js';

const plugins = fileURLToPath(new URL('./plugins', import.meta.url));

export interface AnsibleOptions {
  /** The site's state directory: the environment lives in it. */
  readonly stateDir: string;
  /** The worker's environment: how PATH, proxies and package indexes are found. */
  readonly env: Environment;
}

/** Runs the real `ansible-playbook` of an environment of its own. */
export const createAnsible = (options: AnsibleOptions): Ansible => ({
  async play(order) {
    try {
      return maskOutcome(await play(options, order), order.secrets);
    } catch (error) {
      order.signal.throwIfAborted();
      return impossible(error);
    }
  },
});

async function play({ stateDir, env }: AnsibleOptions, order: PlaybookOrder): Promise<SiteOutcome> {
  const { requirements, signal } = order;
  const outside = reachable(env);
  const python = await ensureEnvironment(stateDir, env, signal);
  const fetching = { stateDir, python, env: outside, signal };
  const required = requirements === undefined ? [] : [await ensureRequirements(requirements, fetching)];
  const { dir, close } = await openWorkplace();
  try {
    await layOut(dir, order);
    return await run(dir, python, order, { ...outside, ...playbookEnv(dir, order, plugins, required) });
  } finally {
    await close();
  }
}

async function run(
  dir: string,
  python: string,
  { playbook, check, timeoutMs, signal, onTask }: PlaybookOrder,
  env: Readonly<Record<string, string>>,
): Promise<SiteOutcome> {
  const events: PlayEvent[] = [];
  const stray: string[] = [];
  const inFleet = (text: string): string => text.replaceAll(`${fleetIn(dir)}/`, '');
  const onLine = (text: string): void => {
    const line = inFleet(text);
    const one = parseEvent(line);
    if (one === undefined) stray.push(line);
    else events.push(one);
    if (one?.millwright === 'begin') onTask(one.task);
  };
  const argv = [
    ...[python, '-m', 'ansible', 'playbook', '--inventory', join(dir, 'inventory.json')],
    ...['--extra-vars', `@${join(dir, 'vars.json')}`, ...(check ? ['--check', '--diff'] : [])],
    playbook,
  ];
  const ended = await runSupervised({
    ...{ python, argv, env, timeoutMs, signal, onLine },
    cwd: fleetIn(dir),
  });
  return outcomeOf({ ...ended, events, stray, check });
}

/** What kept the playbook from being run at all. */
function impossible(error: unknown): SiteOutcome {
  if (!(error instanceof MillwrightError)) throw error;
  const { code, message, detail = [] } = error.info;
  return { state: 'failed', code, reason: message, output: detail.join('\n'), tasks: [] };
}
