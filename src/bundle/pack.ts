import type { Bundle } from '../model/index.js';
import { type TarEntry, ustar } from './tar.js';

/** The bundle's bytes: `steps/NNN.sh`, `files/<sha256>`, `verify/NNN.sh` and, for people, `plan.json`. */
export const bundleTar = (bundle: Bundle): Uint8Array => ustar(entries(bundle));

function entries({ steps }: Bundle): TarEntry[] {
  return steps.map((step, index) => ({
    name: `steps/${String(index + 1).padStart(3, '0')}.sh`,
    bytes: Buffer.from(step.script),
  }));
}
