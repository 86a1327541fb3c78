import { ulid } from 'ulid';
import type { FailureInfo } from '../../model/index.js';
import type { CheckMachine, CheckProgress, LookedMachine, LookReport } from '../../workflows/lookTypes.js';
import { checkStart } from '../../workflows/start.js';
import { Exit } from '../exit.js';
import { readLooks } from '../look.js';
import { nobodyWorksFor, servedSites } from '../operate/machines.js';
import type { Desk, Selection } from '../operate/operate.js';
import { slicesOf } from '../operate/slices.js';
import { resultOf } from '../operate/wait.js';
import { who } from '../who.js';
import { type Asked, chooseForCheck } from './candidates.js';
import { type CheckDocument, checkedMachine, exitOfCheck } from './document.js';
import { checkText } from './text.js';

/** Compares machines with the bundles they were admitted to; changes nothing. The answer is the exit status. */
export async function checkSelection(desk: Desk, selection: Selection): Promise<number> {
  const { context, stores, environment } = desk;
  const all = await chooseForCheck(desk, selection);
  if (all.length === 0) return Exit.asAsked;
  const served = await servedSites(desk.engine, [...new Set(all.map((one) => one.site))]);
  const able = all.filter((one) => served.has(one.site) && one.bundleBytes !== '');
  const asked = await ask(desk, able, selection.maxParallel);
  const found = new Map(asked.looked.map((one) => [one.machine, one]));
  const document: CheckDocument = {
    schema: 'millwright/check/v1',
    ...{ fleet: environment.fleet, environment: environment.environment, workflows: asked.workflows },
    machines: await Promise.all(
      all.map((one) =>
        checkedMachine(stores, found.get(one.machine) ?? notAsked(one, served.has(one.site)), one.assigned),
      ),
    ),
  };
  context.emit(document, () => checkText(document));
  return exitOfCheck(document.machines);
}

interface Answers {
  readonly workflows: readonly string[];
  readonly looked: readonly LookedMachine[];
}

async function ask(desk: Desk, machines: readonly Asked[], maxParallel: number): Promise<Answers> {
  const workflows: string[] = [];
  const looked: LookedMachine[] = [];
  for (const slice of slicesOf(machines)) {
    const handle = await start(desk, slice, maxParallel);
    const before = looked.length;
    workflows.push(handle.workflowId);
    const told = { done: 0 };
    const report = await resultOf<LookReport>(desk.context, handle, async () => {
      const { done, total } = await handle.query<CheckProgress>('progress');
      if (total > 1 && done > told.done && done < total)
        desk.context.say(`${before + done} of ${machines.length} machines looked at`);
      told.done = done;
    });
    for (const digest of report.results) looked.push(...(await readLooks(desk.stores.store, digest)));
  }
  return { workflows, looked };
}

function start({ engine, environment }: Desk, machines: readonly Asked[], maxParallel: number) {
  const id = ulid();
  const context = { ...environment, changeId: id, revision: '', startedBy: who() };
  const asked = machines.map(({ assigned: _, ...machine }): CheckMachine => machine);
  return engine.client.workflow.start(
    'check',
    checkStart({ context, ulid: id, maxParallel, machines: asked }),
  );
}

function notAsked({ machine, site }: Asked, served: boolean): LookedMachine {
  const failure: FailureInfo = served
    ? {
        code: 'MW-STORE-MISSING',
        cause: 'infrastructure',
        message: `the bundle that ${machine} was admitted to is not in the store any more`,
        remedy: 'millwright plan compares it with what the files say now',
      }
    : nobodyWorksFor(site, machine);
  return { machine, failure };
}
