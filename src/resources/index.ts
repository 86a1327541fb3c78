export * from './quote.js';
export * from './types.js';
