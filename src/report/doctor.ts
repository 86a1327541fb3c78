import type { DoctorCheck, DoctorDocument } from './documents.js';
import type { Paint } from './paint.js';
import { columns, indent } from './text.js';

/** One line per check, remedies under what needs them. */
export function renderDoctor(doctor: DoctorDocument, paint: Paint): string {
  const rows = columns(doctor.checks.map((one) => [`${sign(one, paint)} ${one.name}`, one.text]));
  const lines = doctor.checks.flatMap((one, at) => [rows[at] ?? '', ...remedyLines(one)]);
  return [...lines, '', sum(doctor)].join('\n');
}

const remedyLines = (one: DoctorCheck): string[] => (one.remedy ? indent(one.remedy.split('\n'), 6) : []);

function sign(one: DoctorCheck, paint: Paint): string {
  switch (one.state) {
    case 'ok':
      return paint.green('✔');
    case 'fixed':
      return paint.green('+');
    case 'warning':
      return paint.yellow('!');
    default:
      return paint.red('✖');
  }
}

function sum(doctor: DoctorDocument): string {
  const missing = doctor.checks.filter((one) => one.state === 'missing').length;
  const failed = doctor.checks.filter((one) => one.state === 'failed').length;
  if (missing > 0) return `${missing} missing: millwright doctor --fix installs what it can.`;
  return failed > 0 ? `${failed} wrong.` : 'All that is needed here is in place.';
}
