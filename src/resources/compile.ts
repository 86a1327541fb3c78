import type { Step } from '../model/index.js';
import { compileCommand } from './command.js';
import { declared } from './declared.js';
import { compileFile } from './file.js';
import { compileHosts } from './hosts.js';
import { compileLink } from './link.js';
import { compilePackage } from './package.js';
import type { Resource } from './resource.js';
import { compileService } from './service.js';
import { assertNoNulIn } from './text.js';
import { compileUser } from './user.js';

const compilers: { readonly [T in Resource['type']]: (resource: Extract<Resource, { type: T }>) => Step } = {
  package: compilePackage,
  file: compileFile,
  link: compileLink,
  user: compileUser,
  service: compileService,
  command: compileCommand,
  hosts: compileHosts,
  ...declared,
};

/** Pure: the same resource gives the same step. Throws MW-MANIFEST-PATH, -NAME or -NUL for what no shell can carry. */
export function compileResource(resource: Resource): Step {
  assertNoNulIn(resource, resource.id);
  return (compilers[resource.type] as (resource: Resource) => Step)(resource);
}
