import type { Step } from '../model/index.js';
import { compileCommand } from './command.js';
import { compileFile } from './file.js';
import { compileHosts } from './hosts.js';
import { compileLink } from './link.js';
import { compilePackage } from './package.js';
import { compileService } from './service.js';
import type { Resource } from './types.js';
import { compileUser } from './user.js';

/** Pure: the same resource gives the same step. Throws MW-MANIFEST-PATH, -NAME or -NUL for what no shell can carry. */
export function compileResource(resource: Resource): Step {
  switch (resource.type) {
    case 'package':
      return compilePackage(resource);
    case 'file':
      return compileFile(resource);
    case 'link':
      return compileLink(resource);
    case 'user':
      return compileUser(resource);
    case 'service':
      return compileService(resource);
    case 'command':
      return compileCommand(resource);
    case 'hosts':
      return compileHosts(resource);
  }
}
