export { convertInventory, type Imported, type ImportedGroup, type ImportedMachine } from './convert.js';
export { readInventory } from './files.js';
export { importedYaml, withInclude } from './write.js';
