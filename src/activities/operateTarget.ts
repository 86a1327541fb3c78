import { holdArgv, releaseArgv } from '../bundle/index.js';
import type { Hold } from '../model/index.js';
import type { SshSession } from '../ssh/port.js';
import { attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { misrouted, presentMachine, withMachine } from './machine.js';
import { statusOf, tell, uploadRunner } from './run.js';
import type { OperateResult, OperateTask, Operation, PushActivities } from './types.js';

/** What a person asked of a machine itself: to keep runs off it, or to let them come again. */
export const operateTarget =
  (deps: SiteDeps): PushActivities['operate'] =>
  (task) =>
    attempt(async () => {
      const argv = argvOf(task);
      const { info } = await presentMachine(deps, task);
      return withMachine(deps, info, async (session): Promise<OperateResult> => {
        await uploadRunner(session, deps.store, task.runner);
        await tell(session, argv, `an answer to \`${task.operation.kind}\``);
        return held(task, session);
      });
    });

function argvOf({ runner, machine, operation }: OperateTask): string[] {
  if (operation.kind === 'release') return releaseArgv(runner);
  if (operation.kind === 'hold') return holdArgv(runner, holdOf(operation));
  throw misrouted(`${operation.kind} of ${machine} is done at its provider, not on the machine`);
}

const holdOf = ({ reason, by, until }: Extract<Operation, { kind: 'hold' }>): Hold => ({ reason, by, until });

async function held({ runner, machine }: OperateTask, session: SshSession): Promise<OperateResult> {
  const hold = (await statusOf(session, runner))?.hold ?? null;
  if (hold === null) return { said: `nobody holds ${machine}`, hold };
  const end = hold.until === undefined ? '' : ` until ${hold.until}`;
  return { said: `${machine} is held${end}: ${hold.reason}`, hold };
}
