import { fits, type Path } from '../path.js';
import { checkTypes } from './checks.js';
import { gateTypes } from './policy.js';
import { declaredSchemas, resourceTypes } from './resources.js';
import { probeTypes } from './rollout.js';
import { imageTypes, secretTypes } from './sections.js';

/** A place where one of several shapes stands, told apart by the key that must be there. */
export interface Kinds {
  readonly pattern: string;
  readonly types: readonly string[];
  readonly what: string;
}

const kinds: readonly Kinds[] = [
  {
    pattern: 'configs.*.resources.*',
    types: Object.keys({ ...resourceTypes, ...declaredSchemas }),
    what: 'resource',
  },
  { pattern: 'configs.*.verify.*', types: Object.keys(checkTypes), what: 'verification' },
  { pattern: 'images.*', types: Object.keys(imageTypes), what: 'image' },
  { pattern: 'secrets.*', types: Object.keys(secretTypes), what: 'secret' },
  { pattern: 'groups.*.rollout.watch.*', types: Object.keys(probeTypes), what: 'probe' },
  { pattern: 'gates.*', types: Object.keys(gateTypes), what: 'gate' },
];

export const kindsAt = (path: Path): Kinds | undefined => kinds.find((kind) => fits(path, kind.pattern));
