import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliResult } from '../../support/stack.js';
import { pick } from './faults.js';
import { violations } from './invariants.js';
import { World } from './world.js';

/** `npm run chaos:real -- --kills N --seed N` sets both. */
const kills = Number(process.env.MILLWRIGHT_CHAOS_KILLS ?? 10);
const seed = Number(process.env.MILLWRIGHT_CHAOS_SEED ?? 1);
const said = ({ stdout, stderr }: CliResult) => stdout + stderr;

describe(`real machines, workers, server and connections under fire, seed ${seed}`, () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(seed);
    const up = await world.cli('up', '--yes');
    expect(up.code, said(up)).toBe(0);
  });
  afterAll(() => world?.stack.stop());

  it(
    `keep every promise through ${kills} deaths`,
    async () => {
      while (world.kills < kills) {
        await round();
        const found = await violations(world);
        expect(found, world.log.slice(-40).join('\n')).toEqual([]);
        console.log(`${world.kills} of ${kills} deaths, contract ${world.version}: no violation`);
      }
    },
    kills * 120_000,
  );

  /** A change under fire, whatever it leads to answered under fire, then calm and a good contract. */
  async function round(): Promise<void> {
    world.write(pick(world.roll, ['good', 'good', 'fails', 'unverified']));
    let result = await world.underFire('up', '--yes');
    for (let answers = 0; result.code === 3 && answers < 4; answers++) result = await answer(result);
    await world.calm();
    await settle();
  }

  async function answer(result: CliResult): Promise<CliResult> {
    const run = said(result).match(/millwright stop (\d+)/)?.[1] ?? expect.fail(said(result));
    const choice = pick(world.roll, ['retry', 'skip', 'rollback', 'stop'] as const);
    if (choice === 'retry') world.retries += 3;
    return choice === 'rollback' ? world.underFire('rollback', run, '--yes') : world.underFire(choice, run);
  }

  /** What a person does in the end: a good contract, until it is everywhere. */
  async function settle(): Promise<void> {
    world.write('good');
    let last: CliResult | undefined;
    for (let tries = 0; tries < 8; tries++) {
      last = await world.cli('up', '--supersede', '--yes');
      world.retries += 3;
      if (last.code === 0) return;
    }
    expect.fail(`${last && said(last)}\n${world.log.slice(-40).join('\n')}`);
  }
});
