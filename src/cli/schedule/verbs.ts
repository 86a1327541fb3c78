/** As they were typed. */
export interface ScheduleOptions {
  readonly every: string;
  readonly mode: string;
  readonly maxMachines: string;
  readonly reason?: string;
}

const verbs = ['create', 'list', 'pause', 'resume', 'trigger', 'delete'] as const;
export type ScheduleVerb = (typeof verbs)[number];
export const isScheduleVerb = (word: string): word is ScheduleVerb => verbs.some((verb) => verb === word);
