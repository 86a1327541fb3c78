import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The import table of docs/architecture.md: own folder and `model` are always allowed; type-only imports count. */
interface Rule {
  readonly may: readonly string[];
  readonly external: readonly string[];
  /** Node built-ins: pure folders and the workflow sandbox have none. */
  readonly node: boolean;
}

/** Pure but for reading the shell it was shipped with, once, when it is loaded. */
const readsItsAssets = ['src/resources/library.ts'];

const pure = { node: false };
const effects = { node: true };
const everything = [
  'manifest',
  'plan',
  'resources',
  'bundle',
  'calendar',
  'secrets',
  'store',
  'workflows',
  'activities',
  'providers',
  'ssh',
  'adapters',
  'record',
  'report',
  'policy',
  'settings',
];

const table: Readonly<Record<string, Rule>> = {
  model: { may: [], external: ['canonicalize', '@noble/hashes'], ...pure },
  calendar: { may: [], external: ['luxon'], ...pure },
  manifest: { may: [], external: ['zod', 'yaml', 'fastest-levenshtein', 'ulid'], ...effects },
  plan: { may: ['manifest', 'resources', 'bundle'], external: ['liquidjs', 'fastest-levenshtein'], ...pure },
  resources: { may: [], external: [], ...pure },
  bundle: { may: ['resources'], external: ['tar-stream', 'zod'], ...effects },
  secrets: { may: ['store'], external: ['zod'], ...effects },
  store: { may: [], external: ['pg', 'write-file-atomic', 'zod'], ...effects },
  workflows: {
    may: ['plan', 'activities'],
    external: ['@temporalio/workflow', '@temporalio/common'],
    ...pure,
  },
  activities: {
    may: [
      'plan',
      'bundle',
      'store',
      'secrets',
      'providers',
      'ssh',
      'record',
      'adapters',
      'policy',
      'calendar',
    ],
    external: ['@temporalio/activity', '@temporalio/common', 'zod'],
    ...effects,
  },
  policy: { may: [], external: ['zod', 'yaml', 'fastest-levenshtein', 'execa'], ...effects },
  providers: { may: [], external: ['zod', 'execa', 'write-file-atomic'], ...effects },
  ssh: { may: [], external: ['ssh2', 'ssh-config'], ...effects },
  adapters: { may: ['ssh'], external: ['zod'], ...effects },
  record: { may: [], external: ['kysely', 'better-sqlite3', 'pg', 'zod'], ...effects },
  report: { may: [], external: ['fast-xml-parser', 'picocolors', 'string-width'], ...pure },
  worker: {
    may: everything,
    external: [
      '@temporalio/worker',
      '@temporalio/client',
      '@temporalio/common',
      '@temporalio/envconfig',
      '@temporalio/proto',
      'zod',
    ],
    ...effects,
  },
  cli: {
    may: [...everything, 'worker'],
    external: [
      'age-encryption',
      'commander',
      'zod',
      '@temporalio/client',
      '@temporalio/common',
      '@temporalio/envconfig',
      '@temporalio/proto',
      'execa',
      'log-update',
      'picocolors',
      'string-width',
      'tar-stream',
      'ulid',
      'write-file-atomic',
      'fastest-levenshtein',
    ],
    ...effects,
  },
  settings: {
    may: [],
    external: ['zod', 'yaml', 'fastest-levenshtein', '@temporalio/envconfig'],
    ...effects,
  },
};

/** Folders whose only door is one file, and what may be imported as types alone. */
const typesOnly: Readonly<Record<string, readonly string[]>> = {
  workflows: ['activities', 'plan'],
  plan: ['manifest'],
};
const doors: Readonly<Record<string, string>> = { worker: 'src/worker/index.ts' };

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('src', name))
  .sort();

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(importPattern)].map((match) => ({
    file,
    specifier: match[2] ?? match[3] ?? '',
    typeOnly: match[1] !== undefined,
  }));
}

/** `src/ssh/pool.ts` → `ssh`; `src/settings.ts` → `settings`. */
const folderOf = (file: string): string => (file.split('/')[1] ?? '').replace(/\.ts$/, '');
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
const resolved = (one: Import): string =>
  normalize(join(dirname(one.file), one.specifier)).replace(/\.js$/, '.ts');
const isRelative = (one: Import): boolean => one.specifier.startsWith('.');

const imports = files.flatMap(importsOf);
const describeImport = (one: Import): string => `${one.file} imports ${one.specifier}`;

describe('architecture', () => {
  it('has a rule for every folder of src', () => {
    expect([...new Set(files.map(folderOf))].filter((folder) => table[folder] === undefined)).toEqual([]);
  });

  it('lets a folder import only what the table allows', () => {
    const wrong = imports.filter((one) => {
      if (!isRelative(one)) return false;
      const [from, to] = [folderOf(one.file), folderOf(resolved(one))];
      return from !== to && to !== 'model' && !table[from]?.may.includes(to);
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('lets a folder use only its own packages and, where it is pure, nothing of Node', () => {
    const wrong = imports.filter((one) => {
      if (isRelative(one)) return false;
      const rule = table[folderOf(one.file)];
      if (one.specifier.startsWith('node:')) return rule?.node !== true && !readsItsAssets.includes(one.file);
      return !rule?.external.includes(packageOf(one.specifier));
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('lets workflows see activities and plans, and plans see manifests, as types alone', () => {
    const wrong = imports.filter((one) => {
      if (!isRelative(one)) return false;
      return typesOnly[folderOf(one.file)]?.includes(folderOf(resolved(one))) && !one.typeOnly;
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('keeps the inside of a folder behind its door', () => {
    const wrong = imports.filter((one) => {
      const to = isRelative(one) ? folderOf(resolved(one)) : '';
      return doors[to] !== undefined && folderOf(one.file) !== to && resolved(one) !== doors[to];
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('has no import cycle', () => {
    const graph = new Map(files.map((file) => [file, importsOf(file).filter(isRelative).map(resolved)]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (done.has(file) || path.includes(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('imports only files that exist', () => {
    const known = new Set(files);
    expect(imports.filter((one) => isRelative(one) && !known.has(resolved(one))).map(describeImport)).toEqual(
      [],
    );
  });

  it('reads the environment in settings alone', () => {
    const readers = files.filter(
      (file) => folderOf(file) !== 'settings' && /\bprocess\.env\b/.test(readFileSync(file, 'utf8')),
    );
    expect(readers).toEqual([]);
  });

  it('keeps every source file within 250 lines', () => {
    const long = files.map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }));
    expect(long.filter(({ lines }) => lines > 250)).toEqual([]);
  });
});
