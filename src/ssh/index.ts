export { fingerprint, generateEd25519, type KeyPair } from './keys.js';
export { knownHostKeys, readKnownHosts } from './knownHosts.js';
export { createLogins, hostKeysKnown, type LoginOptions } from './logins.js';
export { createSshPool, type SshPoolOptions } from './pool.js';
export type * from './port.js';
export { quote, quoteArgv } from './quote.js';
export { type Offered, scanHostKey } from './scan.js';
