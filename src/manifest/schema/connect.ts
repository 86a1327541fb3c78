import { z } from 'zod';
import { form, identifier, object, port, vars } from './common.js';
import { labels } from './labels.js';

const loginName = form(/^[a-z_][a-z0-9_.-]{0,31}\$?$/i, 'the name of a user');
const host = form(/^[A-Za-z0-9_[:][A-Za-z0-9_.:%[\]-]{0,253}$/, 'an address or the name of a host');
const jump = form(
  /^(?:[A-Za-z0-9_.-]+@)?[A-Za-z0-9_[][A-Za-z0-9_.:[\]-]*$/,
  'a jump host such as jump.shop.example, or user@host:port',
);

/** How machines that exist already are reached. */
export const connect = object({
  user: loginName
    .describe("Who logs in; default what the site's ~/.ssh/config says, else the worker's own user.")
    .optional(),
  become: z
    .enum(['sudo', 'doas', 'none'])
    .describe('How the login user becomes root; default none: it is root.')
    .optional(),
  password: identifier
    .describe(
      'Name of the secret with the password of login and sudo; without it keys and the agent are used.',
    )
    .optional(),
  via: z
    .union([jump, z.array(jump).max(8)], { error: 'a jump host, or a list of them in order' })
    .describe('Jump hosts, in the order in which they are gone through; an empty list: none.')
    .optional(),
});

/** A machine that exists already. */
export const existingMachine = object({
  host: host.describe("Its address or name, or an alias of the site's ~/.ssh/config."),
  port: port.optional(),
  hostKey: z
    .string()
    .min(1)
    .describe('OpenSSH public key that the machine must prove; known_hosts: as this computer knows it.')
    .optional(),
  vars: vars.optional(),
  labels: labels.optional(),
  connect: connect.optional(),
});

export type WrittenConnect = z.infer<typeof connect>;
export type WrittenMachine = z.infer<typeof existingMachine>;
