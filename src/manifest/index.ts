export { configsOf, resourcesOf } from './configs.js';
export { groupOf, type VarCandidate, varCandidates } from './explain.js';
export { type InitOptions, initFleet, templateNames } from './init.js';
export { fleetJsonSchema, includeJsonSchema } from './jsonSchema.js';
export {
  type LoadAllResult,
  type LoadOptions,
  type LoadResult,
  loadEnvironments,
  loadFleet,
} from './load.js';
export { formatProblem, formatProblems } from './report.js';
export * from './types.js';
