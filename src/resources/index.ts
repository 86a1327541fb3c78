export { compileResource } from './compile.js';
export { libraryOf, typeLibrary } from './library.js';
export { quote } from './quote.js';
export * from './resource.js';
export { debtText, exportFunction, needLine, shellFunction } from './step.js';
export { quoteWithSlots } from './text.js';
export * from './types.js';
