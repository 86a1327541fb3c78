import { VAULTED } from './types.js';
import { isMap } from './yaml.js';

/** Variables that a manifest can hold, and why the others are none. */
export function plainVars(vars: Readonly<Record<string, unknown>>): {
  readonly vars: Record<string, unknown>;
  readonly notes: readonly string[];
} {
  const notes: string[] = [];
  const kept = Object.entries(vars).flatMap(([name, value]): [string, unknown][] => {
    const why = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)
      ? whyNot(value)
      : 'its name is none that vars can have';
    if (why === undefined) return [[name, value]];
    notes.push(`${name}: ${why}`);
    return [];
  });
  return { vars: Object.fromEntries(kept), notes };
}

/** Undefined: it can be carried over. */
function whyNot(value: unknown): string | undefined {
  if (value === VAULTED)
    return 'is encrypted by ansible-vault: put the value where a secret of the site is, and name that under "secrets"';
  if (value === null || value === undefined) return 'has no value';
  if (typeof value === 'string') {
    if (/\{\{|\{%/.test(value)) return 'is a template of Ansible: write it as ${{ }} by hand';
    return value.includes('\0') ? 'has a NUL character' : undefined;
  }
  if (Array.isArray(value)) return value.map(whyNot).find((why) => why !== undefined);
  if (isMap(value))
    return Object.values(value)
      .map(whyNot)
      .find((why) => why !== undefined);
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'is no finite number';
  return typeof value === 'boolean' ? undefined : 'is no text, number, list or map';
}
