import type { VerifyCheck } from '../model/index.js';
import { exportFunction, quote, quoteWithSlots } from '../resources/index.js';

/** `verify/NNN.sh`: a check that the machine itself makes. */
export const verifyScript = (check: VerifyCheck): string =>
  [
    `id=${quote(check.id)}`,
    `verify_type=${check.type} verify_within=${Math.round(check.withinMs)}`,
    ...details(check),
    '',
  ].join('\n');

function details(check: VerifyCheck): string[] {
  switch (check.type) {
    case 'tcp':
      return [`verify_port=${Math.trunc(check.port)}`];
    case 'http':
      return [
        `verify_port=${Math.trunc(check.port)} verify_status=${Math.trunc(check.status)}`,
        `verify_path=${quote(check.path)}`,
      ];
    case 'command':
      return [
        `verify_run=${quote(check.run)}`,
        `verify_as=${quote(check.as ?? '')}`,
        exportFunction('verify_env', quoteAll(check.env)),
      ];
  }
}

const quoteAll = (env: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).map(([key, value]) => [key, quoteWithSlots(value)]));
