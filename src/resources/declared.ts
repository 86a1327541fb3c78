import { accounts } from './families/accounts.js';
import { adapters } from './families/adapters.js';
import { files } from './families/files.js';
import { services } from './families/services.js';
import { storage } from './families/storage.js';
import { system } from './families/system.js';

/** Compilers of the types that the manifest declares in its table of types, by type. */
export const declared = { ...files, ...storage, ...accounts, ...services, ...system, ...adapters };

/** What they compile. */
export type DeclaredResource = Parameters<(typeof declared)[keyof typeof declared]>[0];
