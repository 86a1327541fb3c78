/** A file of the image's only folder. */
export interface IsoFile {
  readonly name: string;
  readonly data: string | Uint8Array;
}

const SECTOR = 2048;

/** Which sector holds what: descriptors, then per name form a path table in both byte orders and a root folder. */
const at = {
  primary: 16,
  joliet: 17,
  end: 18,
  tables: { primary: 19, joliet: 21 },
  roots: { primary: 23, joliet: 24 },
  files: 25,
} as const;

type Form = 'primary' | 'joliet';

interface Placed extends IsoFile {
  readonly bytes: Buffer;
  readonly sector: number;
}

/** An ISO 9660 image with Joliet names holding a few files, as cloud-init's NoCloud source reads them. */
export function isoImage(label: string, files: readonly IsoFile[]): Uint8Array {
  const placed = place(files);
  const last = placed.at(-1);
  const sectors = last ? last.sector + sectorsOf(last.bytes) : at.files;
  const image = Buffer.alloc(sectors * SECTOR);
  const put = (sector: number, bytes: Buffer) => bytes.copy(image, sector * SECTOR);
  for (const form of ['primary', 'joliet'] as const) {
    put(at[form], descriptor(form, label, sectors));
    put(at.tables[form], pathTable(at.roots[form], 'little'));
    put(at.tables[form] + 1, pathTable(at.roots[form], 'big'));
    put(at.roots[form], folder(form, placed));
  }
  put(at.end, Buffer.from([255, ...Buffer.from('CD001'), 1]));
  for (const file of placed) put(file.sector, file.bytes);
  return image;
}

function place(files: readonly IsoFile[]): Placed[] {
  let sector: number = at.files;
  return [...files]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((file) => {
      const one = { ...file, bytes: Buffer.from(file.data as string), sector };
      sector += sectorsOf(one.bytes);
      return one;
    });
}

const sectorsOf = (bytes: Buffer): number => Math.max(1, Math.ceil(bytes.length / SECTOR));

function descriptor(form: Form, label: string, sectors: number): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  const text = (offset: number, length: number, value: string) =>
    padded(form, value, length).copy(bytes, offset);
  bytes[0] = form === 'primary' ? 1 : 2;
  bytes.write('CD001', 1, 'latin1');
  bytes[6] = 1;
  text(8, 32, '');
  text(40, 32, label);
  both32(sectors).copy(bytes, 80);
  // The escape sequence that means UCS-2 level 3.
  if (form === 'joliet') bytes.write('%/E', 88, 'latin1');
  for (const offset of [120, 124]) both16(1).copy(bytes, offset);
  both16(SECTOR).copy(bytes, 128);
  both32(10).copy(bytes, 132);
  bytes.writeUInt32LE(at.tables[form], 140);
  bytes.writeUInt32BE(at.tables[form] + 1, 148);
  entry(Buffer.from([0]), at.roots[form], SECTOR, true).copy(bytes, 156);
  for (const offset of [190, 318, 446, 574]) text(offset, 128, '');
  for (const offset of [702, 739, 776]) text(offset, 37, '');
  for (const offset of [813, 830, 847, 864]) bytes.write('0'.repeat(16), offset, 'latin1');
  bytes[881] = 1;
  return bytes;
}

function padded(form: Form, value: string, length: number): Buffer {
  if (form === 'primary') return Buffer.from(value.padEnd(length).slice(0, length), 'latin1');
  return Buffer.concat([ucs2(value.padEnd(length >> 1).slice(0, length >> 1)), Buffer.alloc(length & 1)]);
}

const ucs2 = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

function pathTable(root: number, order: 'little' | 'big'): Buffer {
  const bytes = Buffer.alloc(10);
  bytes[0] = 1;
  if (order === 'little') bytes.writeUInt32LE(root, 2);
  else bytes.writeUInt32BE(root, 2);
  if (order === 'little') bytes.writeUInt16LE(1, 6);
  else bytes.writeUInt16BE(1, 6);
  return bytes;
}

/** One sector: the folder itself, its parent (itself again), then the files in order of their names. */
function folder(form: Form, files: readonly Placed[]): Buffer {
  const self = at.roots[form];
  const entries = files.map((file) =>
    entry(fileName(form, file.name), file.sector, file.bytes.length, false),
  );
  const bytes = Buffer.concat([
    entry(Buffer.from([0]), self, SECTOR, true),
    entry(Buffer.from([1]), self, SECTOR, true),
    ...entries,
  ]);
  if (bytes.length > SECTOR) throw new RangeError(`${files.length} files are too many for one folder`);
  return bytes;
}

function fileName(form: Form, name: string): Buffer {
  if (form === 'joliet') return ucs2(name);
  const upper = name.toUpperCase().replace(/[^A-Z0-9_.]/g, '_');
  return Buffer.from(`${upper.includes('.') ? upper : `${upper}.`};1`, 'latin1');
}

function entry(name: Buffer, sector: number, length: number, isFolder: boolean): Buffer {
  const bytes = Buffer.alloc(33 + name.length + ((name.length + 1) % 2));
  bytes[0] = bytes.length;
  both32(sector).copy(bytes, 2);
  both32(length).copy(bytes, 10);
  // 1 January 2000: the same seed is the same image.
  Buffer.from([100, 1, 1]).copy(bytes, 18);
  bytes[25] = isFolder ? 2 : 0;
  both16(1).copy(bytes, 28);
  bytes[32] = name.length;
  name.copy(bytes, 33);
  return bytes;
}

function both32(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value, 0);
  bytes.writeUInt32BE(value, 4);
  return bytes;
}

function both16(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(value, 0);
  bytes.writeUInt16BE(value, 2);
  return bytes;
}
