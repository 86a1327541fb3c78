import type { Step } from '../model/index.js';
import type { DeclaredResource } from './declared.js';
import type {
  ResolvedCommand,
  ResolvedFile,
  ResolvedHosts,
  ResolvedLink,
  ResolvedPackage,
  ResolvedService,
  ResolvedUser,
} from './types.js';

/**
 * A resource with nothing left to look up: expressions rendered (late values stand as slot tokens), `template` and
 * `source` replaced by `content`, `keysOf` by key lines, `notify` by the debts it causes.
 */
export type Resource =
  | ResolvedPackage
  | ResolvedFile
  | ResolvedLink
  | ResolvedUser
  | ResolvedService
  | ResolvedCommand
  | ResolvedHosts
  | DeclaredResource;

/** Pure: the same resource gives the same step, whoever compiles it. */
export type CompileResource = (resource: Resource) => Step;
