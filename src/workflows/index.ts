/** Everything that a worker of `control` runs: each export is a workflow type of that name. */
export { batch } from './batch.js';
export { exec } from './exec.js';
export { look, lookSlice } from './look.js';
export { machine } from './machine.js';
export { destroy, rollout } from './rollout.js';
