export * from './make.js';
