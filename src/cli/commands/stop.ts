import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { refused } from '../errors.js';
import { Exit } from '../exit.js';

export function configure(command: Command, run: Runner): void {
  command
    .argument('[run]', 'number or ULID of the run; the active one unless given')
    .addHelpText('after', examples('millwright stop 42', 'millwright stop -e prod'))
    .action(run(stop));
}

async function stop(context: Context, wanted: string | undefined): Promise<number> {
  const { connectEngine } = await import('../temporal.js');
  const { identify } = await import('../identity.js');
  const { activeRuns } = await import('../run/active.js');
  const { askToStop } = await import('../run/stop.js');
  const environment = await identify(context);
  const engine = await connectEngine(context);
  try {
    const active = await activeRuns(engine, environment);
    const change = wanted === undefined ? undefined : await changeId(context, environment, wanted);
    const found = active.find((one) => change === undefined || one.memo.changeId === change);
    if (!found) throw notActive(environment, wanted);
    await askToStop(engine, found);
    context.say(
      'Accepted: the running steps end, then the run does. The rest is owed; millwright up goes on.',
    );
    return Exit.asAsked;
  } finally {
    await engine.close();
  }
}

async function changeId(
  context: Context,
  environment: Parameters<typeof notActive>[0],
  wanted: string,
): Promise<string> {
  const { withStores } = await import('../stores.js');
  const { requireRun } = await import('../requireRun.js');
  if (/^[0-9A-Z]{26}$/.test(wanted)) return wanted;
  return withStores(context, async ({ record }) => (await requireRun(record, environment, wanted)).change.id);
}

const notActive = (
  { fleet, environment }: { readonly fleet: string; readonly fleetUid: string; readonly environment: string },
  wanted: string | undefined,
): Error =>
  refused(
    'MW-REFUSED-STOP',
    wanted === undefined
      ? `No run is active in ${fleet}/${environment}.`
      : `Run ${wanted} of ${fleet}/${environment} is not active.`,
    'millwright status shows what is.',
  );
