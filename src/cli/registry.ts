import type { CommandEntry } from './command.js';

/** Every verb, in the order of the help. A command's file is loaded only when it is asked for. */
export const registry: readonly CommandEntry[] = [
  {
    name: 'init',
    group: 'Write:',
    summary: 'make a fleet, keys and a CI file that work as they are',
    load: () => import('./commands/init.js'),
  },
  {
    name: 'validate',
    group: 'Write:',
    summary: 'check every file, report all errors, touch nothing',
    load: () => import('./commands/validate.js'),
  },
  {
    name: 'render',
    group: 'Write:',
    summary: 'print exactly what a machine would get',
    load: () => import('./commands/render.js'),
  },
  {
    name: 'explain',
    group: 'Write:',
    summary: 'say what a key or error code means, or where a value came from',
    load: () => import('./commands/explain.js'),
  },
  {
    name: 'schema',
    group: 'Write:',
    summary: 'print the JSON Schema of the manifest or of an output',
    load: () => import('./commands/schema.js'),
  },
  {
    name: 'plan',
    group: 'Change:',
    summary: 'show what up would do, and give it a number',
    load: () => import('./commands/plan.js'),
  },
  {
    name: 'up',
    aliases: ['apply'],
    group: 'Change:',
    summary: 'do it; attach if the same plan already runs',
    load: () => import('./commands/up.js'),
  },
  {
    name: 'destroy',
    aliases: ['down'],
    group: 'Change:',
    summary: 'remove machines, never protected ones; keep `keep` disks',
    load: () => import('./commands/destroy.js'),
  },
  {
    name: 'stop',
    group: 'Steer:',
    summary: 'end a run after the current step and leave things as they are',
    load: () => import('./commands/stop.js'),
  },
  {
    name: 'status',
    aliases: ['ps'],
    group: 'Look:',
    summary: 'the fleet, or a run, live with -w',
    load: () => import('./commands/status.js'),
  },
  {
    name: 'history',
    group: 'Look:',
    summary: 'what changed a machine, when, by whom; one resource with ID',
    load: () => import('./commands/history.js'),
  },
  {
    name: 'logs',
    group: 'Look:',
    summary: 'run output, console, journal',
    load: () => import('./commands/logs.js'),
  },
  {
    name: 'ssh',
    group: 'Reach:',
    summary: 'a shell on a machine; recorded',
    load: () => import('./commands/ssh.js'),
  },
  {
    name: 'exec',
    group: 'Reach:',
    summary: 'one command on many machines; recorded',
    load: () => import('./commands/exec.js'),
  },
  {
    name: 'dev',
    group: 'Run it:',
    summary: 'everything here: Temporal, control and a site, in the foreground',
    load: () => import('./commands/dev.js'),
  },
  {
    name: 'worker',
    group: 'Run it:',
    summary: 'a worker for control or for a site',
    load: () => import('./commands/worker.js'),
  },
  {
    name: 'doctor',
    group: 'Run it:',
    summary: 'check the set-up; --fix repairs it',
    load: () => import('./commands/doctor.js'),
  },
  {
    name: 'completion',
    group: 'Run it:',
    summary: 'print the completion script of a shell',
    load: () => import('./commands/completion.js'),
  },
  {
    name: 'version',
    group: 'Run it:',
    summary: 'print versions',
    load: () => import('./commands/version.js'),
  },
  {
    name: 'demo',
    group: 'Run it:',
    summary: 'make the example shop here, as `npm run demo` does',
    hidden: true,
    load: () => import('./commands/demo.js'),
  },
];
