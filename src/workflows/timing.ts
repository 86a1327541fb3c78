/** Limits of a change, ms. Rollout input overrides single ones; children are given only the overrides. */
export interface Timing {
  /** A remote activity that is silent for this long counts as lost with its worker. */
  readonly heartbeat: number;
  /** Longest single attempt of each activity. */
  readonly look: number;
  readonly create: number;
  readonly ready: number;
  /** How long a machine that was fine before may be silent until it is owed. */
  readonly silence: number;
  readonly provision: number;
  readonly verify: number;
  readonly destroy: number;
  /** Longest wait for a worker, attempts and pauses together. */
  readonly patience: number;
  /** How often what might help itself (infrastructure, unreachable) is tried again. */
  readonly attempts: number;
  /** First and longest pause between attempts. */
  readonly pause: number;
  readonly longestPause: number;
  /** How often a rollout tries a machine again that failed by `infrastructure`, and the first pause; each is twice as long. */
  readonly again: number;
  readonly againPause: number;
  /** How often machines that nobody reached are tried again at the end of their group, and the pause before. */
  readonly owed: number;
  readonly owedPause: number;
  /** Longest wait until a window is looked at again: freezes may be added meanwhile. */
  readonly windowLook: number;
  /** How long a machine that another change works on is waited for, and how often it is asked. */
  readonly busy: number;
  readonly busyPoll: number;
}

const second = 1000;
const minute = 60 * second;

export const defaultTiming: Timing = {
  heartbeat: 10 * second,
  look: 15 * minute,
  create: 60 * minute,
  ready: 15 * minute,
  silence: 2 * minute,
  provision: 240 * minute,
  verify: 60 * minute,
  destroy: 15 * minute,
  patience: 720 * minute,
  attempts: 12,
  pause: second,
  longestPause: 30 * second,
  again: 3,
  againPause: minute,
  owed: 2,
  owedPause: 30 * second,
  windowLook: 360 * minute,
  busy: 5 * minute,
  busyPoll: 5 * second,
};

export const timingOf = (input: { readonly timing?: Partial<Timing> }): Timing => ({
  ...defaultTiming,
  ...input.timing,
});
