import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatedFleet } from './gatedFleet.js';

describe('up on one machine', () => {
  let fleet: GatedFleet;
  beforeAll(async () => {
    fleet = await GatedFleet.start('interrupts', 1);
  });
  afterAll(() => fleet?.stack.stop());

  it('shows its question on a terminal and takes the answer from a key', async () => {
    await fleet.ask('second');
    await fleet.on('node-1', 'touch', '/tmp/open-second');
    const { code, screen } = await fleet.atTerminal(
      ['status', '-w'],
      /node-1: {2}r retry {3}k skip {3}b roll back/,
      'r',
    );
    expect([code, screen]).toEqual([0, expect.stringContaining('succeeded')]);
    expect(screen).toContain('✖ node-1  provision 2/3  file:/etc/gate');
  });

  it('is left alone by SIGTERM, or paused or stopped where --on-interrupt says so', async () => {
    fleet.write('third', '      - command: take a while\n        run: sleep 30\n        always: true');
    const left = await fleet.interrupted('SIGTERM', 'up');
    expect([left.code, left.stderr]).toEqual([130, expect.stringMatching(/Run \d+ goes on\. Come back: /)]);
    const paused = await fleet.interrupted('SIGTERM', 'up', '--on-interrupt', 'pause');
    expect([paused.code, paused.stderr]).toEqual([
      130,
      expect.stringMatching(/Run (\d+) is paused\. Go on: millwright resume \1/),
    ]);
    const stopped = await fleet.interrupted('SIGINT', 'up', '--on-interrupt', 'stop');
    expect(stopped, stopped.stdout + stopped.stderr).toMatchObject({ code: 1 });
    expect(stopped.stderr).toContain('the run stops after its running steps');
    expect(await fleet.status()).toMatchObject({ running: null });
  });
});
