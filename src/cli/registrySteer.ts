import type { CommandEntry } from './command.js';

/** What is told to a run, or keeps runs off machines. */
export const steer: readonly CommandEntry[] = [
  {
    name: 'approve',
    group: 'Steer:',
    summary: 'agree at a gate, signed with your SSH key',
    load: () => import('./commands/approve.js'),
  },
  {
    name: 'reject',
    group: 'Steer:',
    summary: 'refuse at a gate: the run ends',
    load: () => import('./commands/reject.js'),
  },
  {
    name: 'pause',
    group: 'Steer:',
    summary: 'start nothing new; what runs comes to its end',
    load: () => import('./commands/pause.js'),
  },
  {
    name: 'resume',
    group: 'Steer:',
    summary: 'go on after a pause; change how many machines are at work at once',
    load: () => import('./commands/resume.js'),
  },
  {
    name: 'promote',
    group: 'Steer:',
    summary: 'end the soak that is going on',
    load: () => import('./commands/promote.js'),
  },
  {
    name: 'retry',
    group: 'Steer:',
    summary: 'answer an open question: run the failed step again',
    load: () => import('./commands/retry.js'),
  },
  {
    name: 'skip',
    group: 'Steer:',
    summary: 'answer an open question: leave the machine out and go on',
    load: () => import('./commands/skip.js'),
  },
  {
    name: 'stop',
    group: 'Steer:',
    summary: 'end a run after the current step and leave things as they are',
    load: () => import('./commands/stop.js'),
  },
  {
    name: 'rollback',
    group: 'Steer:',
    summary: 'put back what was verified before a run, and verify it',
    load: () => import('./commands/rollback.js'),
  },
  {
    name: 'hold',
    group: 'Steer:',
    summary: 'keep runs off a machine for a while, with a reason',
    load: () => import('./commands/hold.js'),
  },
  {
    name: 'release',
    group: 'Steer:',
    summary: 'let runs come to a machine again',
    load: () => import('./commands/release.js'),
  },
];
