import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { type RunDocument, renderMarkdown } from '../../report/index.js';
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
  if (!existsSync(dirname(path)))
    throw usageError(`--report ${text}: there is no folder ${dirname(path)}.`, `mkdir -p ${dirname(path)}`);
  return { format, path };
}

function formatOf(path: string): Format | undefined {
  if (path.endsWith('.md')) return 'markdown';
  if (path.endsWith('.xml')) return 'junit';
  return path.endsWith('.json') ? 'json' : undefined;
}

/** Written anew each time that the run is reported. */
export async function writeReports(document: RunDocument, files: readonly ReportFile[]): Promise<void> {
  for (const { format, path } of files) await writeFileAtomic(path, await rendered[format](document));
}

const rendered: Readonly<Record<Format, (document: RunDocument) => string | Promise<string>>> = {
  markdown: renderMarkdown,
  junit: async (document) => (await import('../../report/junit.js')).renderJunit(document),
  json: (document) => `${JSON.stringify(document, null, 2)}\n`,
};
