import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { type RunDocument, renderMarkdown } from '../../report/index.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';

const formats = ['markdown', 'junit', 'json'] as const;
type Format = (typeof formats)[number];

/** A file that is to say how a run went, for a pull request or a CI server. */
export interface ReportFile {
  readonly format: Format;
  /** Absolute. */
  readonly path: string;
}

/** `out/run.xml` is JUnit, `.md` Markdown, `.json` what `-o json` prints; `markdown:FILE` says so for any name. Throws MW-USAGE. */
export function parseReport(text: string): ReportFile {
  const named = formats.find((one) => text.startsWith(`${one}:`));
  const path = resolve(named === undefined ? text : text.slice(named.length + 1));
  const format = named ?? formatOf(path);
  if (format === undefined)
    throw usageError(
      `--report ${text}: what format is that to have?`,
      'End its name in .md, .xml (JUnit) or .json, or put markdown:, junit: or json: before it.',
    );
  const folder = dirname(path);
  if (!existsSync(folder))
    throw usageError(`--report ${text}: there is no folder ${folder}.`, `mkdir -p ${folder}`);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw usageError(`--report ${text} is a folder.`, `Name a file in it, such as ${path}/run.md.`);
  return { format, path };
}

function formatOf(path: string): Format | undefined {
  if (path.endsWith('.md')) return 'markdown';
  if (path.endsWith('.xml')) return 'junit';
  return path.endsWith('.json') ? 'json' : undefined;
}

/** Written anew each time that the run is reported. One that can't be written is told: how the run went stays the exit status. */
export async function writeReports(
  { io }: Pick<Context, 'io'>,
  document: RunDocument,
  files: readonly ReportFile[],
): Promise<void> {
  for (const { format, path } of files)
    await Promise.resolve(rendered[format](document))
      .then((text) => writeFileAtomic(path, text))
      .catch((error: Error) => io.err(`No report was written to ${path}: ${error.message}`));
}

const rendered: Readonly<Record<Format, (document: RunDocument) => string | Promise<string>>> = {
  markdown: renderMarkdown,
  junit: async (document) => (await import('../../report/junit.js')).renderJunit(document),
  json: (document) => `${JSON.stringify(document, null, 2)}\n`,
};
