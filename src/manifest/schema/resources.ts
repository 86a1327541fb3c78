import { z } from 'zod';
import { absolutePath, data, duration, env, form, object, oneOrMore, text, whole } from './common.js';
import { type DeclaredTypeName, declaredTypes } from './declared.js';

const id = form(
  /^[A-Za-z0-9][A-Za-z0-9_.:/@+-]{0,200}$/,
  'an id of letters, digits and _.:/@+-, such as file:motd',
);
const notify = oneOrMore(
  form(/^(?:reload|restart) (?:\S+|.*\$\{\{.*)$/, '"reload SERVICE" or "restart SERVICE"'),
  '"reload SERVICE" or "restart SERVICE", or a list of these',
);

const retryCount = whole(1, 100);
const retries = z.union([retryCount, object({ count: retryCount, delay: duration.optional() })], {
  error: 'a number of further attempts, or {count: 3, delay: 10s}',
});
const each = z.union([z.array(data), z.record(z.string(), data)], {
  error: 'a list or a map of what there is to be one resource for each',
});

/** Attributes that every type of resource has. */
const common = {
  id: id.optional().describe('Instead of `TYPE:KEY`; unique in a config and all that it includes.'),
  notify: notify
    .optional()
    .describe('`reload SERVICE` or `restart SERVICE`, or a list: owed when it changes, until that succeeds.'),
  override: z.boolean().optional().describe('Takes the place of the resource of the same id before it.'),
  risky: z
    .boolean()
    .describe(
      'May cut our own access: undone on the machine unless a new connection confirms it. Not on a command.',
    )
    .optional(),
  each: each
    .describe(
      'One resource for each item, which is ${{ item }} in the other attributes; its key is added to the id.',
    )
    .optional(),
  when: text
    .describe(
      'Condition on facts of the machine, such as os.family == "debian"; where it does not hold, skipped.',
    )
    .optional(),
  timeout: duration.describe('How long it may act before the programs it runs are ended.').optional(),
  retries: retries
    .describe('How often to act again after a failure: a number, or {count: 3, delay: 10s}; delay is 5s.')
    .optional(),
  sensitive: z
    .boolean()
    .describe('Show nothing that it holds or says: no diff, no content, no output, only digests.')
    .optional(),
};
const absent = z.boolean().optional();

const packageName = form(
  /^[A-Za-z0-9][A-Za-z0-9+._-]*(?::[a-z0-9]+)?$/,
  'a package name such as nginx-light',
);
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
    package: oneOrMore(packageName, 'a package name or a list of them').describe(
      'Name, or a list of names: a resource each.',
    ),
    version: text
      .optional()
      .describe('Exactly this version, or with a `*`; any if left out. Never a downgrade.'),
    hold: z
      .boolean()
      .optional()
      .describe(
        'true: kept at its version by apt-mark, by dnf where its plugin versionlock is, or in the world of apk; false: let go.',
      ),
    refresh: duration
      .optional()
      .describe('Before an install, the package index is fetched anew if it is older: 1h if left out.'),
    absent: absent.describe('Removed, not purged.'),
    ...common,
  }),
  file: object({
    file: absolutePath.describe('Path on the machine.'),
    content: z.string().optional().describe('Whole content; may hold secrets and other late values.'),
    source: text.optional().describe('File of the fleet, copied byte for byte.'),
    template: text.optional().describe('File of the fleet, rendered; may hold late values.'),
    owner: owner.optional().describe('`USER` or `USER:GROUP`; an existing file keeps its own if left out.'),
    mode: mode.optional().describe('Quoted octal mode; an existing file keeps its own if left out.'),
    validate: text
      .optional()
      .describe('Shell: must succeed. With `{new}` it tests the new file before it goes live, else after.'),
    follow: z.boolean().optional().describe('Writes through a symbolic link at the path.'),
    absent: absent.describe('Removed.'),
    ...common,
  }),
  link: object({
    link: absolutePath.describe('Path on the machine.'),
    to: text.optional().describe('Where it leads.'),
    absent: absent.describe('Removed.'),
    ...common,
  }),
  user: object({
    user: userName.describe('Login name.'),
    shell: absolutePath.optional().describe('Login shell, which must exist.'),
    home: absolutePath.optional().describe('Home; one that exists is not moved.'),
    uid: whole(0, 4_294_967_294)
      .optional()
      .describe('Fixed when the user is made; refused if it has another: an existing uid never changes.'),
    comment: z.string().optional().describe('The GECOS field: as a rule the full name.'),
    passwordHash: form(
      /^\$\{\{-? *secrets\.[A-Za-z0-9_]+ *-?\}\}$/,
      'a secret such as "${{ secrets.deployHash }}", whose value is a hash as `openssl passwd -6` prints it',
    )
      .optional()
      .describe(
        'A secret whose value is a crypt(3) hash. Left out: not managed; a new user has no password.',
      ),
    groups: z.array(userName).optional().describe('Groups that it joins; others are left as they are.'),
    system: z.boolean().optional().describe('Made with a number for system users.'),
    keys: z.array(text).optional().describe('OpenSSH public keys; with `keysOf` all of authorized_keys.'),
    keysOf: z.array(text).optional().describe('People whose keys may log in.'),
    absent: absent.describe('Removed; its home stays.'),
    ...common,
  }),
  service: object({
    service: serviceName.describe('Name of the unit (systemd) or script (OpenRC, sysvinit).'),
    running: z.boolean().optional().describe('Runs now.'),
    enabled: z.boolean().optional().describe('Starts at boot.'),
    settle: duration.optional().describe('After a start, reload or restart it must be active for that long.'),
    ...common,
  }),
  command: object({
    command: form(/^[^\n]{1,200}$/, 'a name for the command, on one line').describe('Name for people.'),
    run: text.describe('Shell; expressions are refused: values enter through `env` or `stdin`.'),
    as: userName.optional().describe('User that it runs as; root if left out.'),
    env: env.optional().describe('Variables; may hold secrets and other late values.'),
    stdin: z.string().optional().describe('Standard input; may hold late values.'),
    dir: absolutePath.optional().describe('Working directory.'),
    unless: text.optional().describe('Shell: nothing to do where it succeeds.'),
    onlyIf: text.optional().describe('Shell: nothing to do where it fails.'),
    creates: absolutePath.optional().describe('Nothing to do where this path exists.'),
    once: z.boolean().optional().describe('Once per instance and inputs: a rotated secret runs it again.'),
    always: z.boolean().optional().describe('Every apply runs it.'),
    ...common,
  }),
  hosts: object({
    hosts: z.literal('fleet').describe("`fleet`: a block with every machine's name and address."),
    ...common,
  }),
};

/** One sentence per type, for docs/resources.md. */
export const summaries: Readonly<Record<keyof typeof resourceTypes, string>> = {
  package:
    'A package, by apt, dnf or apk, whichever the machine has: installed in the version wanted, held, or removed. apk is proven by fixtures only, on no Alpine yet.',
  file: 'A file: its whole content, owner and mode, or that there is none.',
  link: 'A symbolic link.',
  user: 'A user: login, groups, password and authorized_keys.',
  service: 'A service of systemd, OpenRC or sysvinit: runs, and starts at boot, or not.',
  command: 'A program, with a guard that says when it need not run.',
  hosts: 'One block in /etc/hosts with the machines of the fleet.',
};

/** What holds where an attribute is left out, where that is a value. */
export const defaults: Readonly<
  Partial<Record<keyof typeof resourceTypes, Readonly<Record<string, string>>>>
> = {
  package: { absent: 'false' },
  file: { follow: 'false', absent: 'false' },
  link: { absent: 'false' },
  user: { groups: '[]', system: 'false', absent: 'false' },
  service: { running: 'true', enabled: 'true', settle: '2s' },
  command: { env: '{}', once: 'false', always: 'false' },
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
