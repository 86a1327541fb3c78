import { z } from 'zod';
import { newer, noBackup } from './errors.js';

/** Raised when an older Millwright would misread what is in a backup. */
export const FORMAT = 1;

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** First entry of a backup: what follows, by digest. */
const schema = z.object({
  format: z.number().int(),
  /** Of the Millwright that wrote it. */
  millwright: z.string(),
  createdAt: z.string(),
  /** Site whose machines are on the host that it was made on. */
  site: z.string().nullable(),
  environments: z.array(
    z.object({ fleet: z.string(), fleetUid: z.string(), environment: z.string(), machines: z.number() }),
  ),
  /** `record.json` and `keys/…`, in their order. */
  files: z.array(z.object({ name: z.string(), sha256: digest })),
  /** Store documents, each an entry `store/<digest>`. */
  documents: z.array(digest),
  /** Named by what is in use, and in the store no more when it was made. */
  missing: z.array(digest),
});

export type Manifest = z.infer<typeof schema>;

const known = z.looseObject({ format: z.number().int(), millwright: z.string() });

export function parseManifest(file: string, bytes: Buffer): Manifest {
  const json = jsonOf(bytes);
  const head = known.safeParse(json);
  if (!head.success) throw noBackup(file, 'its manifest.json names no format');
  const { format, millwright } = head.data;
  if (format > FORMAT) throw newer(file, format, millwright, FORMAT);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw noBackup(file, `its manifest.json lacks ${parsed.error.issues[0]?.path.join('.')}`);
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
