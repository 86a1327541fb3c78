import { compileCron } from '../cron.js';
import { compileFirewall } from '../firewall.js';
import { compileTimer } from '../timer.js';
import { compileUnit } from '../unit.js';

export const services = {
  unit: compileUnit,
  timer: compileTimer,
  cron: compileCron,
  firewall: compileFirewall,
};
