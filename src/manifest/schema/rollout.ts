import { z } from 'zod';
import { between, form, object, port, text, whole } from './common.js';

const MAX_MACHINES = 10_000;

const share = form(/^(?:[1-9][0-9]?|100)%$/, 'a share from 1% to 100%').transform(
  (text) => text as `${number}%`,
);
const sizeForm = 'a number of machines, or a share such as 25%';
const size = z.union([whole(1, MAX_MACHINES), share], { error: sizeForm });
const budget = z.union([whole(0, MAX_MACHINES), share], { error: sizeForm });

const every = between('1s', '1h').describe('How often it is asked; default 10s.').optional();
const bad = whole(0, 1_000).describe('Bad answers that are borne in one soak; default 0.').optional();

/** One schema per type of what is watched. */
export const probeTypes = {
  http: object({
    http: form(/^\/[^\s]*$/, 'the path of a URL, such as /healthz').describe(
      'Path that is asked for at each machine, from its site.',
    ),
    port: port.describe('Default 80.').optional(),
    status: z.number().int().min(100).max(599).describe('Default 200.').optional(),
    every,
    maxFailed: bad,
  }),
  command: object({
    command: form(/^[^\n]{1,200}$/, 'a name for the probe, on one line'),
    run: text.describe('Shell that runs at each machine; an exit other than 0 is a bad answer.'),
    every,
    maxFailed: bad,
  }),
};

export const probe = z.union([probeTypes.http, probeTypes.command]);

/** How a change spreads over one group. */
export const groupRollout = object({
  batches: z
    .array(size)
    .min(1)
    .max(1_000)
    .describe(
      'Sizes of the batches in their order, as counts or shares of the group rounded up: [1, 25%, 100%]. The first of several is the canary, the last is repeated until no machine is left; default [100%].',
    )
    .optional(),
  soak: between('0s', '7d')
    .describe('How long each batch but the last is watched before the next one begins; default 0s.')
    .optional(),
  maxParallel: whole(1, MAX_MACHINES)
    .describe('Machines of the group that are worked on at the same time; default 10.')
    .optional(),
  maxFailed: budget
    .describe(
      'Machines of a batch that may fail before the rollout stops, as a count or a share of the batch rounded down; of a canary none may; default 0.',
    )
    .optional(),
  order: z
    .enum(['number', 'reverse', 'shuffled'])
    .describe('Which machines come first; shuffled is the same every time; default number.')
    .optional(),
  surge: whole(0, 1_000)
    .describe('Machines that may exist beside the ones they replace; default 0: the old one goes first.')
    .optional(),
  watch: z
    .array(probe)
    .max(20)
    .describe(
      'What is asked again and again while a batch soaks, of some of its machines and of some that the change has not reached.',
    )
    .optional(),
});

const aroundStep = (when: string) =>
  object({
    at: form(/^[a-z0-9-]{1,63}$/, 'the name of a machine').describe('Machine of the fleet that it runs at.'),
    run: text.describe(
      'Shell that runs there as root; the machine it is about is in $MACHINE, its address in $ADDRESS.',
    ),
    settle: between('0s', '1h').describe('Waited for after it; default 0s.').optional(),
    timeout: between('1s', '1h').describe('How long it may take; default 1m.').optional(),
  }).describe(when);

/** How each machine of a group is taken out of use meanwhile. */
export const around = object({
  drain: aroundStep("Before a machine's first change: takes it out of use."),
  restore: aroundStep('After its verification: puts it back.'),
}).describe('Commands at another machine, such as a load balancer, around the change of each machine.');

/** What holds for a rollout as a whole. */
export const fleetRollout = object({
  maxFailed: whole(0, MAX_MACHINES)
    .describe('Machines of the whole rollout that may fail before it stops; default what its batches may.')
    .optional(),
}).describe('What holds for a rollout as a whole; how it spreads is said per group.');

export type WrittenGroupRollout = z.infer<typeof groupRollout>;
export type WrittenAround = z.infer<typeof around>;
export type WrittenProbe = z.infer<typeof probe>;
