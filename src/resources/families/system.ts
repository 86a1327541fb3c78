import { compileAssert } from '../assert.js';
import { compileCaCertificate } from '../caCertificate.js';
import { compileKernelModule } from '../kernelModule.js';
import { compileLocale } from '../locale.js';
import { compileReboot } from '../reboot.js';
import { compileRepository } from '../repository.js';
import { compileSysctl } from '../sysctl.js';
import { compileTimezone } from '../timezone.js';
import { compileUpgrade } from '../upgrade.js';
import { compileWait } from '../wait.js';

export const system = {
  timezone: compileTimezone,
  sysctl: compileSysctl,
  kernelModule: compileKernelModule,
  caCertificate: compileCaCertificate,
  locale: compileLocale,
  repository: compileRepository,
  upgrade: compileUpgrade,
  reboot: compileReboot,
  wait: compileWait,
  assert: compileAssert,
};
