/**
 * Everything that a worker of `control` runs: each export is a workflow type of that name. Values of the model come from
 * `model/ids.ts` alone: whatever a workflow imports is evaluated anew for each one that starts.
 */
export { adopt, forget } from './adopt.js';
export { analysis } from './analysis.js';
export { batch } from './batch.js';
export { exec } from './exec.js';
export { check, look, lookSlice } from './look.js';
export { machine } from './machine.js';
export { operate, operateMachine } from './operate.js';
export { reconcile } from './reconcile.js';
export { destroy, rollout } from './rollout.js';
export { inventory, sweep } from './sweep.js';
