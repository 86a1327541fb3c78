import { z } from 'zod';

const limit = z
  .number()
  .int('write a whole number')
  .min(1, 'write 1 or more')
  .max(1000, 'write 1000 or less');
const path = z.string().regex(/^(\/|~\/)/, 'write an absolute path, or one that begins with ~/');
const port = z.number().int('write a whole number').min(1).max(65535);

const url = (schemes: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => schemes.some((scheme) => text.startsWith(`${scheme}://`)),
      `write an URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    );

const site = z.strictObject({
  limits: z.strictObject({ vm: limit.optional(), push: limit.optional(), look: limit.optional() }).optional(),
  secrets: z
    .strictObject({
      env: z
        .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'write the name of an environment variable'))
        .optional(),
      files: z.array(path).optional(),
      programs: z.array(path).optional(),
    })
    .optional(),
  provider: z.enum(['qemu', 'static'], 'write qemu or static').optional(),
  connect: z
    .strictObject({
      identityFiles: z.array(path).optional(),
      agent: z.boolean().optional(),
      sshConfig: z.union([path, z.literal(false)], 'write a path, or false').optional(),
      knownHosts: z.array(path).optional(),
    })
    .optional(),
  accelerator: z.enum(['auto', 'kvm', 'tcg'], 'write auto, kvm or tcg').optional(),
});

const siteName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'a site name is a DNS label: a-z, 0-9 and -');

/** What the settings file may say; everything has a default. */
export const settingsSchema = z.strictObject({
  state: path.optional(),
  store: url(['dir', 'postgres', 'postgresql']).optional(),
  record: url(['sqlite', 'postgres', 'postgresql']).optional(),
  sites: z.record(siteName, site).optional(),
  policy: path.optional(),
  dev: z
    .strictObject({ ports: z.strictObject({ grpc: port.optional(), ui: port.optional() }).optional() })
    .optional(),
});

export type WrittenSettings = z.infer<typeof settingsSchema>;
export type WrittenSite = z.infer<typeof site>;

/** Keys by the path of the mapping that may hold them, for "did you mean". */
export const knownKeys: Readonly<Record<string, readonly string[]>> = {
  '': ['state', 'store', 'record', 'sites', 'policy', 'dev'],
  'sites.*': ['provider', 'limits', 'secrets', 'connect', 'accelerator'],
  'sites.*.connect': ['identityFiles', 'agent', 'sshConfig', 'knownHosts'],
  'sites.*.limits': ['vm', 'push', 'look'],
  'sites.*.secrets': ['env', 'files', 'programs'],
  dev: ['ports'],
  'dev.ports': ['grpc', 'ui'],
};
