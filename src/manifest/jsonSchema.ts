import { z } from 'zod';
import { fleet, included } from './schema/fleet.js';

const meta = {
  fleet: {
    title: 'Millwright fleet',
    description: 'fleet.yaml: what Millwright makes and keeps.',
  },
  included: {
    title: 'Millwright fleet, included file',
    description: 'A file that fleet.yaml names in "include".',
  },
};

/** JSON Schema (2020-12) of `fleet.yaml` as people write it, for editors. Rules across parts are `validate`'s. */
export function fleetJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(fleet, { io: 'input' }), ...meta.fleet };
}

/** The same for a file named in `include`. */
export function includeJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(included, { io: 'input' }), ...meta.included };
}
