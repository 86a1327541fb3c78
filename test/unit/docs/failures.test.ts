import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { exitOfFailure } from '../../../src/cli/exit.js';
import { addGlobalFlags } from '../../../src/cli/flags.js';
import { pageText } from '../../../src/cli/page.js';
import { registry } from '../../../src/cli/registry.js';
import type { Cause } from '../../../src/model/index.js';
import { plain } from '../../../src/report/index.js';

const root = new URL('../../../', import.meta.url).pathname;
const folder = join(root, 'docs/failures');

/** What looks like a code in the source and is none: with the reason. */
const beginnings: Readonly<Record<string, string>> = {
  'MW-BACKUP': 'the type of codes of backup and restore',
  'MW-VOTE': 'put together with why a vote is refused',
  'MW-REFUSED': 'put together with the answer that was refused',
  'MW-ROLLBACK': 'asked for by startsWith where the runner refuses a rollback',
  'MW-RUN': 'asked for by startsWith where the runner refuses',
  'MW-SSH': 'asked for by startsWith where a machine is not reached',
};
/** Codes that are put together while Millwright runs. */
const asked = ['RETRY', 'SKIP', 'ROLLBACK', 'STOP', 'PAUSE', 'RESUME', 'PROMOTE', 'APPROVE', 'REJECT'];
const votes = ['DOUBLE', 'GATE', 'UNSIGNED'];
const putTogether = [
  ...asked.map((answer) => `MW-REFUSED-${answer}`),
  ...votes.map((why) => `MW-VOTE-${why}`),
];

const source = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(ts|sh)$/.test(name))
  .map((name) => readFileSync(join(root, 'src', name), 'utf8'))
  .join('\n');

const all = (pattern: RegExp, text = source): RegExpExecArray[] => [...text.matchAll(pattern)];
const words = [...new Set(all(/MW-[A-Z]+(?:-[A-Z]+)*/g).map(([word]) => word))];
const codes = [...new Set([...words.filter((word) => !(word in beginnings)), ...putTogether])].sort();

const names = readdirSync(folder).flatMap((name) => /^(MW-.+)\.md$/.exec(name)?.[1] ?? []);
const textOf = (code: string): string => readFileSync(join(folder, `${code}.md`), 'utf8');
const pages = names.sort().map((code) => ({ code, text: textOf(code) }));

/** What stands under each heading. */
function sections(text: string): Record<string, string> {
  const [, ...parts] = text.split(/^## /m);
  return Object.fromEntries(
    parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n')).trim()]),
  );
}

const causes: Readonly<Record<string, Cause>> = {
  change: 'change',
  machine: 'machine',
  infrastructure: 'infrastructure',
  unreachable: 'unreachable',
  cancelled: 'cancelled',
  'your input': 'change',
};
const causesOn = (text: string): Cause[] =>
  all(/\*\*(.+?)\*\*/g, sections(text).Cause).flatMap(([, word = '']) => causes[word] ?? []);
const exitOn = (text: string): number | undefined => {
  const named = /^Of the command itself: (\d+)\./.exec(sections(text)['Exit code'] ?? '')?.[1];
  return named === undefined ? undefined : Number(named);
};

describe('docs/failures', () => {
  it('has a page for every code in the source, and none for anything else', () => {
    expect(names.sort()).toEqual(codes);
  });

  it('takes for the beginning of a code only what still stands in the source', () => {
    expect(words).toEqual(expect.arrayContaining(Object.keys(beginnings)));
  });

  it('lists every page by its title in the index, once', () => {
    const listed = all(
      /^- \[(MW-[A-Z-]+)\]\(\1\.md\): (.+)$/gm,
      readFileSync(join(folder, 'README.md'), 'utf8'),
    );
    const titles = pages.map(({ code, text }) => `${code}: ${titleOf(text)}`);
    expect(listed.map(([, code, title]) => `${code}: ${title}`).sort()).toEqual(titles.sort());
  });

  it('travels with the package', () => {
    const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] };
    expect(files).toContain('docs');
  });

  it('says with which code the command ends, wherever the command itself refuses', () => {
    const refusals = all(/refused\(\s*'(MW-[A-Z-]+)'/g);
    const mistakes = all(/usageError\((?:[^;]*?)'(MW-[A-Z-]+)'\s*,?\s*\)/g);
    const own = [...new Set([...refusals, ...mistakes].map(([, code = '']) => code))];
    expect(own).toEqual(expect.arrayContaining(['MW-PROTECT', 'MW-PLAN-STALE']));
    expect(own.filter((code) => exitOn(textOf(code)) !== exitOfFailure(code, 'change'))).toEqual([]);
  });

  it('names each cause that stands beside the code in the source', () => {
    const beside = all(
      /'(MW-[A-Z-]+)',\s*(?:cause: )?'(change|machine|infrastructure|unreachable|cancelled)'/g,
    );
    expect(beside.length).toBeGreaterThan(50);
    const missed = beside.filter(
      ([, code = '', cause]) => codes.includes(code) && !causesOn(textOf(code)).includes(cause as Cause),
    );
    expect(missed.map(([, code, cause]) => `${code} ${cause}`)).toEqual([]);
  });
});

const titleOf = (text: string): string => /^# MW-[A-Z-]+: (.+)\n/.exec(text)?.[1] ?? '';

type Page = (typeof pages)[number];
/** Codes of the pages of which that is not true. */
const pagesWithout = (holds: (page: Page) => boolean): string[] =>
  pages.filter((page) => !holds(page)).map(({ code }) => code);

describe('each page', () => {
  it('has its code and a title', () => {
    expect(pagesWithout(({ code, text }) => text.startsWith(`# ${code}: `) && titleOf(text) !== '')).toEqual(
      [],
    );
  });

  it('has every section, in order, with something in it', () => {
    const wanted = ['What happened', 'Cause', 'State', 'Look', 'Do'];
    const complete = ({ text }: Page): boolean => {
      const { 'Exit code': _, ...rest } = sections(text);
      return `${Object.keys(rest)}` === `${wanted}` && Object.values(rest).every((part) => part.length > 8);
    };
    expect(pagesWithout(complete)).toEqual([]);
  });

  it('fits on a screen', () => {
    expect(pagesWithout(({ text }) => text.split('\n').length <= 30)).toEqual([]);
  });

  it('names who has to act, but for a fault of Millwright itself', () => {
    expect(pagesWithout(({ text }) => causesOn(text).length > 0)).toEqual(['MW-BUG']);
  });

  it('says whether it is tried again', () => {
    const says = /again|said once|does not wait|switch it off by themselves/;
    expect(pagesWithout(({ text }) => says.test(sections(text).Cause ?? ''))).toEqual([]);
  });

  it('names the exit code that the command has', () => {
    const right = ({ code, text }: Page): boolean => {
      const [exit, [cause]] = [exitOn(text), causesOn(text)];
      return exit === undefined || cause === undefined || exit === exitOfFailure(code, cause);
    };
    expect(pagesWithout(right)).toEqual([]);
  });

  it('links to other pages that are there', () => {
    const links = ({ text }: Page) => all(/\]\(([^)]+)\.md\)/g, text).map(([, name = '']) => name);
    const sound = (page: Page) => links(page).every((name) => codes.includes(name) && name !== page.code);
    expect(pagesWithout(sound)).toEqual([]);
  });

  it('has only commands and flags that exist', async () => {
    const lines = [...new Set(pages.flatMap(({ text }) => commandsOn(text)))];
    expect(lines.length).toBeGreaterThan(100);
    const unknown = await Promise.all(lines.map(async (line) => [line, await unknownIn(line)] as const));
    expect(unknown.filter(([, words]) => words.length > 0)).toEqual([]);
  });
});

/** Lines to type, and commands within the text: `millwright up`. */
const commandsOn = (text: string): string[] => [
  ...all(/^ {4}millwright (.+)$/gm, text).map(([, rest = '']) => rest),
  ...all(/`millwright ([^`]+)`/g, text).map(([, rest = '']) => rest),
];

async function unknownIn(line: string): Promise<string[]> {
  const typed = line.replace(/ -- .*$/, '').split(' ');
  const verb = typed.find((word, at) => /^[a-z]+$/.test(word) && typed[at - 1] !== '-C');
  const entry = registry.find((one) => one.name === verb);
  if (entry === undefined) return [verb ?? line];
  const command = addGlobal(new Command(entry.name));
  (await entry.load()).configure(command, () => async () => undefined, registry);
  const known = command.options.flatMap(({ long, short }) => [long, short]);
  return typed.filter((word) => word.startsWith('-') && word !== '--help' && !known.includes(word));
}

function addGlobal(command: Command): Command {
  addGlobalFlags(command, true);
  return command;
}

describe('on a terminal', () => {
  const page = [
    '# MW-X: a `thing` broke',
    '',
    '## Cause',
    '**change**: see',
    '[MW-Y](MW-Y.md) for more words than',
    'fit.',
    '',
    '    millwright plan   ',
  ];

  it('a page is broken to its width, and a command is not', () => {
    expect(pageText(page.join('\n'), 26, plain).split('\n')).toEqual([
      'MW-X: a `thing` broke',
      '',
      'Cause',
      'change: see MW-Y for',
      'more words than fit.',
      '',
      '    millwright plan',
    ]);
  });

  it('headings, causes and commands stand out', () => {
    const paint = { ...plain, bold: (text: string) => `<${text}>`, cyan: (text: string) => `$${text}` };
    expect(pageText(page.join('\n'), 80, paint).split('\n')).toEqual([
      '<MW-X: a `thing` broke>',
      '',
      '<Cause>',
      '<change>: see MW-Y for more words than fit.',
      '',
      '$    millwright plan',
    ]);
  });
});
