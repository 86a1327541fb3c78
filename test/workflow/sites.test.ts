import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MillwrightError } from '../../src/model/index.js';
import { ensureSearchAttributes } from '../../src/worker/attributes.js';
import type { ExecReport, LookedMachine, LookReport } from '../../src/workflows/lookTypes.js';
import { execStart, lookStart } from '../../src/workflows/start.js';
import { Lab } from '../support/lab.js';
import { planChange } from '../support/sim-fleet.js';

describe('what a site does beside rollouts', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  const one = () => lab.fleet([{ group: 'web', count: 2 }]);

  it('looks at machines without changing them and keeps what it saw in the store', async () => {
    const fleet = one();
    await (await lab.up(fleet)).result();
    lab.site.vm('web-2').target.applied.delete('file:/a');
    const { change } = await planChange(lab.site.store, lab.record, fleet);
    const { revision, startedBy, plan, artifacts } = change;
    const context = { ...fleet.environment, changeId: change.id, revision, startedBy };
    const { workflowId, ...options } = lookStart({
      ...{ context, ulid: change.id, plan, artifacts, depth: 'preview', maxParallel: 5 },
    });
    const report: LookReport = await lab.env.client.workflow.execute('look', { workflowId, ...options });
    expect(report).toMatchObject({ aligned: 1, differs: 1, unreachable: 0 });
    const text = Buffer.from(await lab.site.store.get(report.results[0] ?? '')).toString('utf8');
    const looked = JSON.parse(text.slice(text.indexOf('\n'))) as LookedMachine[];
    expect(looked.find(({ machine }) => machine === 'web-2')?.look?.differs).toEqual([
      { step: 'file:/a', reason: 'looked' },
    ]);
    expect(lab.site.vm('web-2').target.acted).toHaveLength(2);
  });

  it('runs one command on machines and names those where it could not', async () => {
    const fleet = one();
    await (await lab.up(fleet)).result();
    lab.site.vm('web-2').target.behaviour.reachable = false;
    const { change } = await planChange(lab.site.store, lab.record, fleet);
    const progress = await lab.site.store.get(change.plan);
    const plan = JSON.parse(Buffer.from(progress).toString('utf8').split('\n')[1] ?? '');
    const machines = plan.groups[0].machines.map(({ machine, site, target }: Record<string, string>) => ({
      ...{ machine, site, target, instance: lab.site.vm(machine ?? '').info.instance },
    }));
    const input = {
      ...fleet.environment,
      ulid: change.id,
      by: 'tester',
      argv: ['true'],
      timeoutMs: 1000,
      maxParallel: 2,
    };
    const { workflowId, ...options } = execStart({ ...input, machines });
    const report: ExecReport = await lab.env.client.workflow.execute('exec', { workflowId, ...options });
    expect(report.machines.find(({ machine }) => machine === 'web-1')).toMatchObject({ code: 0 });
    expect(report.machines.find(({ machine }) => machine === 'web-2')).toMatchObject({
      code: null,
      failure: { cause: 'unreachable' },
    });
  });

  it('refuses work of another provider, by name', async () => {
    const fleet = one();
    const { change, document } = await planChange(lab.site.store, lab.record, fleet);
    await lab.stopWorkers();
    const real = lab.site.deps.bind(lab.site);
    lab.site.deps = () => ({ ...real(), provider: { ...real().provider, name: 'libvirt' } });
    await lab.startWorkers();
    const result = await (await lab.start(change, document)).result();
    expect(result.machines[0]?.failure).toMatchObject({
      code: 'MW-SITE-MISROUTED',
      message: 'site main is served by libvirt here, sim is declared',
    });
  });

  it('ends at once where another host key than ours answers, and names both fingerprints', async () => {
    await lab.stopWorkers();
    const real = lab.site.deps.bind(lab.site);
    const detail = ['expected  SHA256:aaa', 'answered  SHA256:bbb'];
    const wrong = () => {
      const info = {
        code: 'MW-SSH-HOSTKEY',
        cause: 'machine',
        message: 'Another machine answers',
        detail,
      } as const;
      throw new MillwrightError(info, false);
    };
    lab.site.deps = () => ({ ...real(), ssh: { ...real().ssh, withSession: async () => wrong() } });
    await lab.startWorkers();
    const result = await (await lab.up(lab.fleet([{ group: 'web', count: 1 }]))).result();
    expect(result.machines[0]).toMatchObject({
      outcome: 'failed',
      phase: 'ready',
      failure: { code: 'MW-READY-HOSTKEY', cause: 'machine', detail },
    });
    expect(lab.site.ledger).toEqual(['create web-1']);
  });

  it('adds the search attributes that a namespace lacks, once', async () => {
    const { address } = lab.env;
    const connection = await Connection.connect({ address });
    const { operatorService } = connection;
    await operatorService.removeSearchAttributes({ namespace: 'default', searchAttributes: ['MwPhase'] });
    expect(await ensureSearchAttributes(connection, 'default')).toEqual(['MwPhase']);
    expect(await ensureSearchAttributes(connection, 'default')).toEqual([]);
    await connection.close();
  });
});
