import { z } from 'zod';
import { absolutePath, duration, env, form, object, oneOrMore, text } from './common.js';
import { type DeclaredTypeName, declaredTypes } from './declared.js';

const id = form(
  /^[A-Za-z0-9][A-Za-z0-9_.:/@+-]{0,200}$/,
  'an id of letters, digits and _.:/@+-, such as file:motd',
);
const notify = oneOrMore(
  form(/^(?:reload|restart) \S+$/, '"reload SERVICE" or "restart SERVICE"'),
  '"reload SERVICE" or "restart SERVICE", or a list of these',
);

/** Attributes that every type of resource has. */
const common = {
  id: id.optional(),
  notify: notify.optional(),
  override: z.boolean().optional(),
  risky: z
    .boolean()
    .describe(
      'May cut our own access: undone on the machine unless a new connection confirms it. Not on a command.',
    )
    .optional(),
};
const absent = z.boolean().optional();

const packageName = form(/^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9]+)?$/, 'a package name such as nginx-light');
const userName = form(
  /^[a-z_][a-z0-9_-]{0,31}$/,
  'a user name of at most 32 lower-case letters, digits, _ and -',
);
const serviceName = form(/^[A-Za-z0-9][A-Za-z0-9@._:\\-]{0,254}$/, 'a service name such as nginx');
const mode = form(/^[0-7]{3,4}$/, 'a quoted octal mode such as "0644"');
const owner = form(/^[A-Za-z_][A-Za-z0-9_.-]*(?::[A-Za-z_][A-Za-z0-9_.-]*)?$/, 'USER or USER:GROUP');

/** One schema per type with a form of its own; the key a resource is named by is the type. */
export const resourceTypes = {
  package: object({
    package: oneOrMore(packageName, 'a package name or a list of them'),
    version: text.optional(),
    absent,
    ...common,
  }),
  file: object({
    file: absolutePath,
    content: z.string().optional(),
    source: text.optional(),
    template: text.optional(),
    owner: owner.optional(),
    mode: mode.optional(),
    validate: text.optional(),
    follow: z.boolean().optional(),
    absent,
    ...common,
  }),
  link: object({ link: absolutePath, to: text.optional(), absent, ...common }),
  user: object({
    user: userName,
    shell: absolutePath.optional(),
    home: absolutePath.optional(),
    groups: z.array(userName).optional(),
    system: z.boolean().optional(),
    keysOf: z.array(text).optional(),
    absent,
    ...common,
  }),
  service: object({
    service: serviceName,
    running: z.boolean().optional(),
    enabled: z.boolean().optional(),
    settle: duration.optional(),
    ...common,
  }),
  command: object({
    command: form(/^[^\n]{1,200}$/, 'a name for the command, on one line'),
    run: text,
    as: userName.optional(),
    env: env.optional(),
    stdin: z.string().optional(),
    dir: absolutePath.optional(),
    unless: text.optional(),
    onlyIf: text.optional(),
    creates: absolutePath.optional(),
    once: z.boolean().optional(),
    always: z.boolean().optional(),
    timeout: duration.optional(),
    ...common,
  }),
  hosts: object({ hosts: z.literal('fleet'), ...common }),
};

const written = [
  resourceTypes.package,
  resourceTypes.file,
  resourceTypes.link,
  resourceTypes.user,
  resourceTypes.service,
  resourceTypes.command,
  resourceTypes.hosts,
] as const;

/** One schema per type of the table of declared types. */
export const declaredSchemas = Object.fromEntries(
  Object.entries(declaredTypes).map(([name, type]) => [name, object({ ...type.attributes, ...common })]),
) as unknown as Readonly<Record<DeclaredTypeName, z.ZodType<WrittenDeclared>>>;

/** Attributes by name, and what every type has. */
export type WrittenDeclared = Readonly<Record<string, unknown>> & WrittenCommon;
export type WrittenCommon = z.infer<z.ZodObject<typeof common>>;

export const resource = z.union([...written, ...Object.values(declaredSchemas)]);

/** What a resource of one of the older types is read as. */
export type WrittenResource = z.infer<(typeof written)[number]>;

/** Attributes of every type. */
export const commonAttributes = Object.keys(common);
