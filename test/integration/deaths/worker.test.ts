import { describe, it } from 'vitest';
import { destroyAll, expectSettled, type Moment, machineReached, startUp, useLab } from './support.js';

/** Where the workers die: `started` is inside the activity, `completed` is the boundary after it. */
const moments: readonly Moment[] = [
  { activity: 'createInstance', when: 'started', afterMs: 0 },
  { activity: 'createInstance', when: 'started', afterMs: 150 },
  { activity: 'createInstance', when: 'completed', afterMs: 0 },
  { activity: 'awaitReady', when: 'started', afterMs: 500 },
  { activity: 'awaitReady', when: 'completed', afterMs: 0 },
  { activity: 'provision', when: 'started', afterMs: 100 },
  { activity: 'provision', when: 'started', afterMs: 1500 },
  { activity: 'provision', when: 'completed', afterMs: 0 },
  { activity: 'verifyMachine', when: 'started', afterMs: 0 },
  { activity: 'verifyMachine', when: 'completed', afterMs: 0 },
];

describe('the workers are killed while two machines are made', () => {
  const lab = useLab();

  for (const moment of moments) {
    const place = moment.when === 'started' ? `${moment.afterMs} ms into` : 'after';
    it(`goes on as if nothing had happened when they die ${place} ${moment.activity}`, async () => {
      const up = startUp(lab.stack, lab.fleet);
      await machineReached(lab.stack, 'node-1', moment);
      await lab.stack.killWorkers();
      await lab.stack.startWorkers();
      await expectSettled(lab.stack, lab.fleet, await up);
      await destroyAll(lab.stack, lab.fleet);
    });
  }
});
