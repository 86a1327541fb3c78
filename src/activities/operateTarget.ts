import { factsArgv, holdArgv, parseFacts, purgeArgv, releaseArgv } from '../bundle/index.js';
import { type Hold, MillwrightError } from '../model/index.js';
import type { SshSession } from '../ssh/port.js';
import { attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { misrouted, presentMachine, withMachine } from './machine.js';
import { askRunner, statusOf, tell, uploadRunner } from './run.js';
import type { OperateResult, OperateTask, Operation, PushActivities } from './types.js';

/** What a person asked of a machine itself. */
export const operateTarget =
  (deps: SiteDeps): PushActivities['operate'] =>
  (task) =>
    attempt(async () => {
      const { info } = await presentMachine(deps, task);
      return withMachine(deps, info, (session) => carryOut(deps, session, task));
    });

async function carryOut(deps: SiteDeps, session: SshSession, task: OperateTask): Promise<OperateResult> {
  const { operation, machine } = task;
  switch (operation.kind) {
    case 'hold':
      return hold(deps, session, task, holdArgv(task.runner, holdOf(operation)));
    case 'release':
      return hold(deps, session, task, releaseArgv(task.runner));
    case 'facts':
      return facts(deps, session, task);
    case 'purge':
      return purge(session, task);
    default:
      throw misrouted(`${operation.kind} of ${machine} is done at its provider, not on the machine`);
  }
}

const holdOf = ({ reason, by, until }: Extract<Operation, { kind: 'hold' }>): Hold => ({ reason, by, until });

/** Keeps runs off the machine, or lets them come again. */
async function hold(
  { store }: SiteDeps,
  session: SshSession,
  { runner, machine, operation }: OperateTask,
  argv: readonly string[],
): Promise<OperateResult> {
  await uploadRunner(session, store, runner);
  await tell(session, argv, `an answer to \`${operation.kind}\``);
  const hold = (await statusOf(session, runner))?.hold ?? null;
  if (hold === null) return { said: `nobody holds ${machine}`, hold };
  const end = hold.until === undefined ? '' : ` until ${hold.until}`;
  return { said: `${machine} is held${end}: ${hold.reason}`, hold };
}

async function facts(
  { store }: SiteDeps,
  session: SshSession,
  { runner, machine }: OperateTask,
): Promise<OperateResult> {
  await uploadRunner(session, store, runner);
  const facts = await askRunner(session, factsArgv(runner), parseFacts);
  return { said: `${machine} is ${facts['os.id']} ${facts['os.version']}`, facts };
}

/** No runner there: nothing of ours is left, or never was. */
async function purge(session: SshSession, { runner, machine }: OperateTask): Promise<OperateResult> {
  const { code, stderr } = await session.exec(purgeArgv(runner));
  if (code === 0 || code === 12) return { said: `nothing of Millwright is left on ${machine}` };
  throw code === 10 ? isAtWork(machine) : notPurged(machine, stderr);
}

const isAtWork = (machine: string): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-RUN-BUSY',
      cause: 'infrastructure',
      message: `a run is at work on ${machine}: nothing was removed`,
      remedy: `millwright why ${machine} says which; wait for its end`,
    },
    true,
  );

const notPurged = (machine: string, said: string): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-MACHINE-STATE',
      cause: 'machine',
      message: `what Millwright left on ${machine} cannot be removed: ${said.trim()}`,
      remedy: 'mend its disk, then run the same again; or forget it without --purge',
    },
    false,
  );
