export { createKeystore, type KeystoreOptions } from './keystore.js';
export type * from './port.js';
export { Redacted } from './redacted.js';
export { createSecrets, type SecretsOptions } from './resolve.js';
