import type { Timing } from '../../src/workflows/timing.js';

/** Limits of all that is played: short ones, as nobody waits for real timeouts. */
export const timing: Partial<Timing> = {
  ...{ heartbeat: 4_000, pause: 20, longestPause: 100, attempts: 4, busy: 1_000, busyPoll: 100 },
  ...{ ready: 1_500, silence: 800 },
  ...{ again: 1, againPause: 300, owed: 1, owedPause: 100 },
};
