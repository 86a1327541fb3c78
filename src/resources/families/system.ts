import { compileTimezone } from '../timezone.js';

export const system = { timezone: compileTimezone };
