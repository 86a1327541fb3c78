export { fingerprint, generateEd25519, type KeyPair } from './keys.js';
export { createSshPool, type SshPoolOptions } from './pool.js';
export type * from './port.js';
export { quote, quoteArgv } from './quote.js';
