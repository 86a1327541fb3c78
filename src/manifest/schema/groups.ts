import { z } from 'zod';
import { absolutePath, dnsLabel, form, name, object, port, size, vars, whole } from './common.js';
import { connect, existingMachine } from './connect.js';
import { labels } from './labels.js';
import { around, groupRollout } from './rollout.js';

const machineSize = object({ cpus: whole(1, 512), memory: size, disk: size });

const disk = object({
  size,
  filesystem: z.enum(['ext4', 'xfs']).optional(),
  mount: absolutePath,
  keep: z.boolean().optional(),
});

const address = form(/^\d{1,3}(?:\.\d{1,3}){3}$/, 'an IPv4 address such as 10.77.0.10');

/** What a group may leave to `defaults`. */
export const defaults = object({
  site: name.optional(),
  image: name.optional(),
  size: machineSize.optional(),
});

export const group = object({
  count: whole(0, 100_000).optional(),
  machines: z
    .record(dnsLabel(63), existingMachine)
    .describe(
      'Machines that exist already, by name, in the place of a count: of a site with provider static.',
    )
    .optional(),
  connect: connect.optional(),
  site: name.optional(),
  image: name.optional(),
  size: machineSize.optional(),
  disks: z.record(dnsLabel(20), disk).optional(),
  addresses: z.record(name, address).optional(),
  config: name,
  labels: labels.optional(),
  vars: vars.optional(),
  after: z.array(name).optional(),
  publish: z.array(port).optional(),
  protect: z.boolean().optional(),
  onFailure: z
    .enum(['ask', 'rollback', 'stop'])
    .describe(
      'When a machine fails: wait for a person (ask, the default), put it back, or start nothing more.',
    )
    .optional(),
  rollback: z
    .array(z.enum(['restore', 'snapshot', 'replace']))
    .min(1)
    .describe(
      'Ways back that may be taken, in this order; default [restore]. snapshot and replace discard data.',
    )
    .optional(),
  rollout: groupRollout.describe('How a change spreads over the group.').optional(),
  around: around.optional(),
});

export type WrittenGroup = z.infer<typeof group>;
export type WrittenDefaults = z.infer<typeof defaults>;
