export * from './answers.js';
export * from './journal.js';
export * from './make.js';
export * from './pack.js';
export * from './protocol.js';
export * from './runner.js';
export * from './site.js';
export * from './slots.js';
export { untar } from './tar.js';
