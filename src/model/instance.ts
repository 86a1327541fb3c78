import { sha256Hex } from './digest.js';

/** 16 hex digits: names an instance's folder, short enough for socket paths (limit 107 bytes). */
export const instanceKey = (instance: string): string => sha256Hex(instance).slice(0, 16);
