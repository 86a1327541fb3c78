import { compileAnsible } from '../ansible.js';
import { compilePuppet } from '../puppet.js';

export const adapters = { ansible: compileAnsible, puppet: compilePuppet };
