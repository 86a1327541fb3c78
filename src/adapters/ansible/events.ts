import { z } from 'zod';

const task = z.object({
  millwright: z.literal('task'),
  state: z.enum(['ok', 'changed', 'failed', 'ignored', 'skipped', 'unreachable']),
  task: z.string(),
  action: z.string(),
  at: z.string(),
  message: z.string(),
  rc: z.number().nullable(),
  output: z.string(),
});

const totals = ['ok', 'changed', 'failures', 'unreachable', 'skipped', 'rescued', 'ignored'] as const;

const event = z.discriminatedUnion('millwright', [
  task,
  z.object({ millwright: z.literal('start') }),
  z.object({ millwright: z.literal('play'), play: z.string() }),
  z.object({ millwright: z.literal('begin'), task: z.string(), at: z.string() }),
  z.object({ millwright: z.literal('nobody') }),
  z.object({ millwright: z.literal('diff'), task: z.string(), diff: z.string() }),
  z.object({
    millwright: z.literal('end'),
    ...(Object.fromEntries(totals.map((name) => [name, z.number()])) as Record<
      (typeof totals)[number],
      z.ZodNumber
    >),
  }),
]);

/** What plugins/millwright_events.py says. */
export type PlayEvent = z.infer<typeof event>;
export type TaskEvent = z.infer<typeof task>;

/** Undefined for a line that is not of our callback: Ansible itself, or a plugin, printed it. */
export function parseEvent(line: string): PlayEvent | undefined {
  if (!line.startsWith('{"millwright"')) return undefined;
  try {
    return event.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
