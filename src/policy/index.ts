export { agreedGates, type GatedPlan, holdsIn, requireAnswerable } from './gates.js';
export { judge, type Verdict } from './judge.js';
export { readPolicy } from './load.js';
export { barredFrom } from './people.js';
export { parsePolicy } from './read.js';
export type { Ballot, Finding } from './rules.js';
export type * from './types.js';
