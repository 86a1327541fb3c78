import { z } from 'zod';
import { dnsLabel, form, identifier, name, object, text, vars } from './common.js';
import { environment } from './environments.js';
import { defaults, group } from './groups.js';
import { policy } from './policy.js';
import { fleetRollout } from './rollout.js';
import { config, image, network, person, secret, site } from './sections.js';

/** Sections, which may stand in fleet.yaml or in a file it includes. */
export const sections = {
  people: z.record(name, person).optional(),
  secrets: z.record(identifier, secret).optional(),
  sites: z.record(name, site).optional(),
  images: z.record(name, image).optional(),
  networks: z.record(name, network).optional(),
  vars: vars.optional(),
  configs: z.record(name, config).optional(),
  defaults: defaults.optional(),
  groups: z.record(dnsLabel(61), group).optional(),
  rollout: fleetRollout.optional(),
  ...policy,
  environments: z.record(dnsLabel(20), environment).optional(),
};

/** What only fleet.yaml says. */
export const head = {
  version: z.literal(1, { error: 'a version of the format that this Millwright reads: 1' }),
  fleet: dnsLabel(40),
  uid: form(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'a ULID of 26 characters, as `millwright init` mints them'),
  include: z.array(text).optional(),
};

/** The written form of a whole fleet. */
export const fleet = object({ ...head, ...sections });

/** The written form of a file named in `include`. */
export const included = object(sections);
