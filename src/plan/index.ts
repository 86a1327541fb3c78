export * from './assemble.js';
export * from './compile.js';
export * from './diff.js';
export * from './documents.js';
export type { DiffItem } from './items.js';
export { compileDestroy, type Remains } from './removed.js';
export * from './render.js';
export { type Attribute, showSlots } from './shown.js';
export * from './tars.js';
