export * from './assemble.js';
export * from './compile.js';
export * from './documents.js';
export { compileDestroy, type Remains } from './removed.js';
export * from './tars.js';
