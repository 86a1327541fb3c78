import { type Paint, wrap } from '../report/index.js';

/** Wider lines are hard to read. */
const WIDEST = 100;

/** A page of docs/failures as a terminal shows it best: broken to its width, headings bold, links by their text. */
export function pageText(markdown: string, columns: number, paint: Paint): string {
  return blocks(markdown)
    .flatMap((block) => (block.startsWith('    ') ? block : wrap(block, Math.min(columns, WIDEST))))
    .map((line) => painted(line, paint))
    .join('\n');
}

/** Paragraphs become one line each; headings, commands and blank lines stay what they are. */
function blocks(markdown: string): string[] {
  const found: string[] = [];
  let open = false;
  for (const line of markdown.trimEnd().split('\n')) {
    const words = line !== '' && !/^(#| {4})/.test(line);
    if (open && words) found.push(`${found.pop()} ${line}`);
    else found.push(line);
    open = words;
  }
  return found.map((block) => block.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1'));
}

const painted = (line: string, paint: Paint): string => {
  const heading = /^#+ (.*)$/.exec(line)?.[1];
  if (heading !== undefined) return paint.bold(heading);
  if (line.startsWith('    ')) return paint.cyan(line);
  return line.replace(/\*\*(.+?)\*\*/g, (_, word: string) => paint.bold(word));
};
