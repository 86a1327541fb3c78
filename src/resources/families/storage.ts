import { compileFilesystem } from '../filesystem.js';
import { compileMount } from '../mount.js';
import { compileSwap } from '../swap.js';

export const storage = { filesystem: compileFilesystem, mount: compileMount, swap: compileSwap };
