import type { Bundle, Digest } from '../model/index.js';
import { prelude } from './prelude.js';
import { type TarEntry, ustar } from './tar.js';
import { verifyScript } from './verify.js';

/**
 * The bundle's bytes: `steps/000.sh` (shared), `steps/NNN.sh`, `files/<sha256>`, `verify/NNN.sh` (checks from inside,
 * numbered among themselves) and, for people, `plan.json`. Its digest is sha256 of these bytes.
 */
export function bundleTar(bundle: Bundle): Uint8Array {
  const checks = bundle.verify.filter((check) => check.from === 'inside');
  const files = new Map<Digest, string | Uint8Array>(
    bundle.steps.flatMap((step) => Object.entries(step.files)),
  );
  return ustar([
    entry('steps/000.sh', prelude(bundle, checks.length)),
    ...bundle.steps.map((step, index) => entry(`steps/${numbered(index)}.sh`, step.script)),
    ...checks.map((check, index) => entry(`verify/${numbered(index)}.sh`, verifyScript(check))),
    ...[...files].map(([digest, content]) => entry(`files/${digest}`, content)),
    entry('plan.json', `${JSON.stringify(readable(bundle), null, 2)}\n`),
  ]);
}

const entry = (name: string, content: string | Uint8Array): TarEntry => ({
  name,
  bytes: Buffer.from(content),
});

const numbered = (index: number): string => String(index + 1).padStart(3, '0');

const readable = ({ id, steps, verify, slots }: Bundle): unknown => ({
  bundle: id,
  steps: steps.map(({ hash, intent, undo, repeatable }) => ({ hash, undo, repeatable, intent })),
  verify,
  slots,
});
