import { rmSync } from 'node:fs';
import { execa } from 'execa';
import { duration } from '../../report/index.js';
import type { Context } from '../context.js';
import { runningDev } from '../dev/state.js';
import { setUp } from '../doctor/components.js';
import { planRepair } from '../doctor/examine.js';
import { usageError } from '../errors.js';
import { Exit } from '../exit.js';
import { type DemoPlace, demoPlace, furnish } from './place.js';

interface Stage {
  readonly context: Context;
  readonly place: DemoPlace;
  readonly env: Record<string, string>;
}

/** Sets everything up and makes the example shop as real machines, twice: the second time nothing changes. */
export async function demo(context: Context): Promise<number> {
  const began = Date.now();
  const { state } = context.settings();
  const place = demoPlace(state);
  await prepare(context, place);
  const stage: Stage = { context, place, env: await furnish(place, state) };
  await startStack(stage, state);
  const first = await run(stage, ['up']);
  if (first !== Exit.asAsked) return sorry(stage, first);
  context.say('\nOnce more: now every resource is looked at, and nothing has to change.');
  const second = await run(stage, ['up']);
  if (second !== Exit.asAsked) return sorry(stage, second);
  await run(stage, ['status']);
  farewell(stage, Date.now() - began);
  return Exit.asAsked;
}

/** Says what will be done and how long it takes, asks once, installs what is missing. */
async function prepare(context: Context, place: DemoPlace): Promise<void> {
  const repair = await planRepair(context, setUp);
  context.say(
    [
      'This makes a real shop of three virtual machines on this computer: db-1, web-1, web-2.',
      '  time    about six minutes the first time in software emulation, two after; less with KVM',
      '  memory  1.3 GiB for the machines, 1 GiB for Temporal and the workers',
      '  disk    about 3 GiB, all of it under',
      `          ${place.root.replace(/\/demo$/, '')}`,
      ...(repair.lines.length > 0 ? ['To be done on this machine first:', ...repair.lines] : []),
    ].join('\n'),
  );
  if (!(await context.confirm('Go on?')))
    throw usageError('Nothing was changed.', undefined, 'MW-DOCTOR-DECLINED');
  await repair.carryOut();
}

async function startStack(stage: Stage, state: string): Promise<void> {
  if (runningDev(state)) stage.context.say('millwright dev runs already here: used as it is.');
  else await must(stage, ['dev', '--detach']);
}

async function must(stage: Stage, args: readonly string[]): Promise<void> {
  const exit = await run(stage, args);
  if (exit !== Exit.asAsked)
    throw usageError(`millwright ${args.join(' ')} ended with ${exit}.`, undefined, 'MW-CHANGE-DEMO');
}

/** The same program as a person would type it, in the demo's folder. */
async function run({ context, place, env }: Stage, args: readonly string[]): Promise<number> {
  context.say(`\n$ millwright ${args.join(' ')}`);
  const [script = ''] = process.argv.slice(1);
  const { exitCode } = await execa(process.execPath, [script, '-C', place.fleet, ...args], {
    env,
    stdio: 'inherit',
    reject: false,
  });
  return exitCode ?? Exit.failed;
}

function sorry({ context, place }: Stage, exit: number): number {
  context.io.err(
    `\nThe demo stopped there. Running it again goes on where it stopped.\nBy hand: . ${place.envFile}; cd ${place.fleet}; millwright status`,
  );
  return exit;
}

function farewell({ context, place }: Stage, tookMs: number): void {
  context.say(
    [
      `\nDone in ${duration(tookMs)}. To go on by hand:`,
      `  . ${place.envFile}`,
      `  cd ${place.fleet}`,
      '  millwright exec web-1 -- rm /etc/nginx/conf.d/shop.conf    break something, then: millwright up',
      '  kill -9 $(millwright dev pid)                              while up runs; then: millwright dev --detach',
      'To remove everything: npm run demo -- --down',
    ].join('\n'),
  );
}

/** Removes machines, their kept disks, the stack and the demo's folder; images stay, as they take longest to make. */
export async function takeDown(context: Context): Promise<number> {
  const { state } = context.settings();
  const place = demoPlace(state);
  const stage: Stage = { context, place, env: await furnish(place, state) };
  await startStack(stage, state);
  const exit = await run(stage, ['destroy', '--yes']);
  if (exit !== Exit.asAsked) return exit;
  await run(stage, ['dev', 'stop']);
  await removeKeptDisks(state, place);
  rmSync(place.root, { recursive: true, force: true });
  context.say(`Removed. Images stay in ${state}/images; with them a next demo is quick.`);
  return Exit.asAsked;
}

/** destroy leaves what is marked keep; here the person asked for everything to go. */
async function removeKeptDisks(state: string, place: DemoPlace): Promise<void> {
  const { loadFleet } = await import('../../manifest/index.js');
  const { machineId } = await import('../../model/index.js');
  const { layoutOf } = await import('../../providers/qemu/layout.js');
  const loaded = await loadFleet({ dir: place.fleet });
  if (!loaded.ok) return;
  const { fleet, uid, environment, groups } = loaded.fleet.manifest;
  const machines = Object.entries(groups).flatMap(([group, { count }]) =>
    Array.from({ length: count }, (_, at) => `${group}-${at + 1}`),
  );
  for (const machine of machines) {
    const id = machineId({ fleet, fleetUid: uid, environment, machine });
    rmSync(layoutOf(state).keptDisks(id), { recursive: true, force: true });
  }
}
