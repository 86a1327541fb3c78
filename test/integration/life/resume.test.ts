import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeMicroFleet } from '../../support/fleet.js';
import { Stack } from '../../support/stack.js';

const steps = (count: number, from: number) =>
  Array.from(
    { length: count },
    (_, at) => `      - file: /etc/step-${from + at}\n        content: step ${from + at}`,
  );

/** Twenty steps; the eleventh fails until somebody mends the text. Only machine node-2 has the obstacle. */
const resources = [
  ...steps(10, 1),
  `      - command: obstacle
        run: test "$MACHINE" != node-2
        env: {MACHINE: "\${{ machine.name }}"}
        unless: test -e /etc/passed`,
  ...steps(9, 12),
].join('\n');

interface Entry {
  readonly receipts: readonly { readonly step: string; readonly state: string }[];
}

describe('a config of twenty steps whose eleventh fails on one of two machines', () => {
  let stack: Stack;
  let fleet: string;

  beforeAll(async () => {
    stack = await Stack.start();
    fleet = writeMicroFleet(stack.dir, 'resume', { resources, extra: '    rollout: {maxParallel: 2}\n' });
  });
  afterAll(() => stack?.stop());

  const lastReceipts = async (machine: string): Promise<Entry['receipts']> => {
    const { stdout } = await stack.cli(['history', machine, '-o', 'json'], { cwd: fleet });
    return (JSON.parse(stdout).entries[0] as Entry).receipts;
  };
  const acted = (receipts: Entry['receipts']) =>
    receipts.filter((one) => one.state !== 'ok' && one.state !== 'skipped').map((one) => one.step);

  it('stops and asks at that step, and names the machine, the step and the output', async () => {
    const up = await stack.cli(['up', '--yes'], { cwd: fleet });
    expect(up.code, up.stderr).toBe(3);
    expect(up.stdout + up.stderr).toContain('command:obstacle');
    expect(up.stdout + up.stderr).toContain('MW-CHANGE-COMMAND');
    expect(acted(await lastReceipts('node-2'))).toHaveLength(11);
  });

  it('acts on that step and the rest alone, on that machine alone, once the file is mended', async () => {
    const manifest = join(fleet, 'fleet.yaml');
    const mended = readFileSync(manifest, 'utf8').replace('test "$MACHINE" != node-2', 'touch /etc/passed');
    writeFileSync(manifest, mended);
    const up = await stack.cli(['up', '--supersede', '--yes'], { cwd: fleet });
    expect(up.code, up.stderr).toBe(0);
    expect(acted(await lastReceipts('node-2'))).toEqual([
      'command:obstacle',
      ...Array.from({ length: 9 }, (_, at) => `file:/etc/step-${12 + at}`),
    ]);
  });

  it('changes nothing when it is asked again', async () => {
    const up = await stack.cli(['up', '--yes', '-o', 'json'], { cwd: fleet });
    expect(up.code, up.stderr).toBe(0);
    const { machines } = JSON.parse(up.stdout) as { machines: { outcome: string }[] };
    expect(machines.map((one) => one.outcome)).toEqual(['aligned', 'aligned']);
  });
});
