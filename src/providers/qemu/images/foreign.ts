import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { ImageSpec } from '../../../model/index.js';
import { failure } from '../fail.js';
import { tool } from '../tools.js';
import type { BuildContext, Made } from './types.js';

type ForeignSpec = Extract<ImageSpec, { kind: 'path' | 'url' }>;

/** Brings somebody else's cloud image into the cache: checked, self-contained, as qcow2. */
export async function fetchForeign(spec: ForeignSpec, into: string, context: BuildContext): Promise<Made> {
  const raw = join(into, 'fetched');
  if (spec.kind === 'path') await tool('cp', ['--reflink=auto', spec.path, raw], { signal: context.signal });
  else await download(spec.url, raw, context);
  await verify(spec, raw);
  const virtualMiB = await adopt(spec.name, raw, join(into, 'disk.qcow2'), context);
  return { seed: 'cloud-init', init: 'unknown', directKernel: false, virtualMiB };
}

async function download(url: string, path: string, { progress, signal }: BuildContext): Promise<void> {
  const response = await fetch(url, { signal }).catch((error) => {
    throw failure('MW-IMAGE-DOWNLOAD', `${url}: ${error.cause?.message ?? error.message}`, {
      error,
      retryable: true,
    });
  });
  if (!response.ok || !response.body) {
    const retryable = response.status >= 500;
    throw failure('MW-IMAGE-DOWNLOAD', `${url} answered ${response.status}`, {
      cause: retryable ? 'infrastructure' : 'change',
      retryable,
    });
  }
  const total = Number(response.headers.get('content-length'));
  let [got, shown] = [0, -1];
  const source = Readable.fromWeb(response.body as ReadableStream);
  source.on('data', (chunk: Buffer) => {
    got += chunk.length;
    const percent = total ? Math.floor((got / total) * 100) : undefined;
    if (percent !== undefined && percent > shown) {
      progress({ step: `downloading ${url}`, percent });
      shown = percent;
    }
  });
  await pipeline(source, createWriteStream(path), { signal });
}

async function verify(spec: ForeignSpec, path: string): Promise<void> {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const expected = spec[algorithm];
    if (!expected) continue;
    const hash = createHash(algorithm);
    await pipeline(createReadStream(path), hash);
    const actual = hash.digest('hex');
    if (actual === expected.toLowerCase()) continue;
    throw failure('MW-IMAGE-CHECKSUM', `image ${spec.name} has another ${algorithm} than declared`, {
      cause: 'change',
      detail: [`declared  ${expected}`, `actual    ${actual}`],
      remedy: 'take the sum from the publisher, or find out who changed the image',
    });
  }
}

interface ImageInfo {
  readonly format: string;
  readonly 'virtual-size': number;
  readonly 'backing-filename'?: string;
  readonly 'format-specific'?: { readonly data?: { readonly 'data-file'?: string } };
}

/** An image that names other files could read anything of this host: it is refused. */
async function adopt(name: string, from: string, to: string, { signal }: BuildContext): Promise<number> {
  const info = JSON.parse(await tool('qemu-img', ['info', '--output=json', from])) as ImageInfo;
  const other = info['backing-filename'] ?? info['format-specific']?.data?.['data-file'];
  if (other) {
    throw failure('MW-IMAGE-UNFIT', `image ${name} needs another file, ${other}`, {
      cause: 'change',
      remedy: 'flatten it with `qemu-img convert`',
    });
  }
  if (info.format === 'qcow2') await rename(from, to);
  else {
    await tool('qemu-img', ['convert', '-f', info.format, '-O', 'qcow2', from, to], { signal });
    await rm(from);
  }
  return Math.ceil(info['virtual-size'] / 1024 / 1024);
}
