import { z } from 'zod';
import { check } from './checks.js';
import { absolutePath, form, identifier, name, object, text, vars } from './common.js';
import { connect } from './connect.js';
import { resource } from './resources.js';

const sha256 = form(/^[0-9a-f]{64}$/, 'a sha256: 64 lower-case hex digits').optional();
const sha512 = form(/^[0-9a-f]{128}$/, 'a sha512: 128 lower-case hex digits').optional();

export const person = object({ keys: z.array(text).min(1) });

export const secretTypes = {
  env: object({ env: identifier }),
  file: object({ file: absolutePath }),
  exec: object({
    exec: z
      .array(text)
      .min(1)
      .describe(
        "Program and arguments, run without a shell by the worker of the machine's site; what it prints.",
      ),
  }),
};
export const secret = z.union([secretTypes.env, secretTypes.file, secretTypes.exec]);

export const site = object({
  provider: z.enum(['qemu', 'static'], { error: 'a provider: qemu or static' }),
  connect: connect.optional(),
});

const suite = form(/^[a-z][a-z0-9-]*$/, 'the name of a Debian release, such as bookworm');
const build = z.union([z.literal('micro'), object({ suite, include: z.array(text).optional() })], {
  error: 'micro, or a map such as {suite: bookworm}',
});
export const imageTypes = {
  build: object({ build }),
  path: object({ path: absolutePath, sha256, sha512 }),
  url: object({ url: form(/^https?:\/\/\S+$/, 'an http or https URL'), sha256, sha512 }),
};
export const image = z.union([imageTypes.build, imageTypes.path, imageTypes.url]);

export const network = object({
  cidr: form(/^\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}$/, 'an IPv4 network such as 10.77.0.0/24'),
});

export const config = object({
  include: z.array(name).optional(),
  vars: vars.optional(),
  resources: z.array(resource).optional(),
  verify: z.array(check).optional(),
});
