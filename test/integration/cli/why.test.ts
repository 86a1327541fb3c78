import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outputJsonSchema } from '../../../src/cli/schemas/index.js';
import type { Reason, WhyDocument } from '../../../src/cli/why/types.js';
import { writeMicroFleet } from '../../support/fleet.js';
import { Stack } from '../../support/stack.js';

describe('why, while one part after the other is missing', () => {
  let stack: Stack;
  let fleet: string;
  beforeAll(async () => {
    stack = await Stack.start();
    fleet = writeMicroFleet(stack.dir, 'why', { resources: '      - file: /etc/motd', count: 1 });
    const yaml = join(fleet, 'fleet.yaml');
    const text = readFileSync(yaml, 'utf8')
      .replace('- file: /etc/motd', '- file: /etc/motd\n        content: hello')
      .replace('build: micro', `path: /nowhere/image.qcow2, sha256: ${'a'.repeat(64)}`)
      .replace(
        'environments:',
        '  web: {count: 1, site: main, image: micro, size: {cpus: 1, memory: 128MiB, disk: 256MiB}, config: node, after: [node]}\nenvironments:',
      );
    writeFileSync(yaml, text);
    await forgetSiteWorker();
  });
  afterAll(() => stack?.stop());

  /** A server that never heard of a worker of the site: one that only stopped would be remembered for a minute. */
  const forgetSiteWorker = async (): Promise<void> => {
    await stack.killWorkers();
    await stack.killServer();
    for (const name of ['temporal.db', 'temporal.db-wal', 'temporal.db-shm'])
      rmSync(join(stack.dir, name), { force: true });
    await stack.startServer();
    stack.startWorker(['--control']);
  };

  const why = async (what: string, code = 0): Promise<WhyDocument> => {
    const result = await stack.cli(['why', what, '-o', 'json'], { cwd: fleet });
    expect(result, result.stdout + result.stderr + stack.logs()).toMatchObject({ code });
    const document = JSON.parse(result.stdout) as WhyDocument;
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
      outputJsonSchema('why') ?? {},
    );
    expect([validate(document), validate.errors]).toEqual([true, null]);
    return document;
  };
  const untilWhy = (what: string, kind: Reason['kind']): Promise<WhyDocument> =>
    stack.until(`why ${what} says ${kind}`, async () => {
      const document = await why(what);
      return document.reasons.some((one) => one.kind === kind) && document;
    });

  it('a machine that nobody has made yet waits for the run that does', async () => {
    const document = await stack.until('control works', async () => {
      const found = await why('node-1');
      return found.reasons.every((one) => one.kind !== 'control') && found;
    });
    expect(document).toMatchObject({
      run: null,
      reasons: [{ kind: 'absent', machine: 'node-1', next: 'the next up would make it' }],
    });
  });

  it('a run whose site has no worker says which one is missing and how to start it', async () => {
    const up = await stack.cli(['up', '--yes', '--detach'], { cwd: fleet });
    expect(up, up.stderr).toMatchObject({ code: 0 });
    await untilWhy('node-1', 'worker');
    const { run, reasons } = await why('1');
    expect(run).toMatchObject({ run: 1, verb: 'up', outcome: null });
    expect(reasons).toMatchObject([
      { kind: 'group', group: 'web', waitsFor: 'group node' },
      {
        ...{ kind: 'worker', machine: 'node-1' },
        waitsFor: expect.stringMatching(/^a worker: no worker of site main serves mw-site-main-(look|vm) \(/),
        since: expect.stringMatching(/^\d{4}-/),
        commands: [{ command: 'millwright worker --site main' }],
      },
    ]);
    const text = await stack.cli(['why', 'web-1'], { cwd: fleet });
    expect(text.stdout).toContain('web-1  waits for group node');
  });

  it('a question names who may answer and what can be typed', async () => {
    stack.startWorker(['--site', 'main']);
    const { reasons } = await untilWhy('1', 'question');
    expect(reasons[0]).toMatchObject({
      ...{ kind: 'question', machine: 'node-1' },
      release: 'any operator of why/dev: whoever may write to its Temporal namespace',
    });
    expect(reasons[0]?.commands.map((one) => one.command)).toContain('millwright retry 1 node-1');
    expect((await why('node')).reasons[0]).toMatchObject({ kind: 'question', machine: 'node-1' });
  });

  it('says that control does not answer, instead of failing', async () => {
    await stack.killWorkers();
    const { reasons } = await why('1');
    expect(reasons[0]).toMatchObject({ kind: 'control' });
    expect(reasons[0]?.commands).toMatchObject([{ command: 'millwright worker --control' }]);
  });

  it('without Temporal it ends with 7 and says what the record knows', async () => {
    await stack.killServer();
    const { engine, run, reasons } = await why('1', 7);
    expect(engine).toBeNull();
    expect(run).toMatchObject({ run: 1, verb: 'up', outcome: null });
    expect(reasons[0]).toMatchObject({ kind: 'engine' });
    const text = await stack.cli(['why', 'node-1'], { cwd: fleet });
    expect(text.code).toBe(7);
    expect(text.stdout).toContain('waits for Temporal: No Temporal server answers');
  });

  it('what nobody knows is a mistake that names what there is', async () => {
    const machine = await stack.cli(['why', 'nod-1'], { cwd: fleet });
    expect([machine.code, machine.stderr]).toEqual([
      2,
      expect.stringContaining('MW-TARGET-UNKNOWN  nod-1 names no machine. Did you mean "node-1"?'),
    ]);
    const run = await stack.cli(['why', '7'], { cwd: fleet });
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining('MW-RUN-NOTFOUND')]);
  });
});
