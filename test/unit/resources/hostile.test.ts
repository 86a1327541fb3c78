import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { AnyDeclaredType } from '../../../src/manifest/schema/declared.js';
import { type DeclaredTypeName, declaredTypes } from '../../../src/manifest/schema/declared.js';
import { MillwrightError, type Step } from '../../../src/model/index.js';
import { compileResource, quote, type Resource } from '../../../src/resources/index.js';

const folder = new URL('../../fixtures/examples-of-types/', import.meta.url);
const plain = { notify: [], id: 'x' };

/** Resources of every type that has an example, as plan/ would resolve them. */
async function examples(): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [...written];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.yaml')))
    for (const one of parse(await readFile(new URL(file, folder), 'utf8')) as Record<string, unknown>[])
      found.push(...resolved(one));
  return found;
}

function resolved(one: Record<string, unknown>): Record<string, unknown>[] {
  const type = Object.keys(declaredTypes).find((name) => name in one) as DeclaredTypeName | undefined;
  if (type === undefined) return [];
  const { attributes } = declaredTypes[type];
  const { kinds = {} } = declaredTypes[type] as unknown as AnyDeclaredType;
  const given = Object.fromEntries(Object.entries(one).filter(([name]) => name in attributes));
  const tree = [{ path: 'a', executable: false, bytes: new Uint8Array() }];
  const texts = namesOf(kinds, 'text');
  const folders = namesOf(kinds, 'folder');
  const read = Object.entries(z.object(attributes as z.ZodRawShape).parse(given)).map(([name, value]) => {
    if (value === undefined) return [name, value];
    if (['source', 'bytes', 'template'].includes(kinds[name] ?? '')) return ['content', 'text'];
    return kinds[name] === 'tree' ? ['tree', tree] : [name, value];
  });
  return [
    {
      ...{ ...plain, type, ...Object.fromEntries(read) },
      ...(texts.length > 0 && { contents: Object.fromEntries(texts.map((name) => [name, 'text'])) }),
      ...(folders.length > 0 && { trees: Object.fromEntries(folders.map((name) => [name, tree])) }),
    },
  ];
}

const namesOf = (kinds: Readonly<Record<string, string>>, kind: string): string[] =>
  Object.keys(kinds).filter((name) => kinds[name] === kind);

/** Types with a form of their own. */
const written: readonly Record<string, unknown>[] = [
  { ...plain, type: 'package', name: 'nginx', version: '1', absent: false },
  {
    ...{ ...plain, type: 'file', file: '/f', content: 'x', owner: 'a:b', mode: '644', validate: 'true' },
    ...{ follow: false, absent: false },
  },
  { ...plain, type: 'link', link: '/l', to: '/f', absent: false },
  {
    ...{ ...plain, type: 'user', user: 'u', shell: '/bin/sh', home: '/h', groups: ['g'], system: false },
    ...{ comment: 'c', keys: ['ssh-ed25519 AAAA'], absent: false },
  },
  { ...plain, type: 'service', service: 's', running: true, enabled: true, settleMs: 0 },
  { ...plain, type: 'hosts', entries: [{ address: '10.0.0.1', names: ['a'] }] },
  {
    ...{ ...plain, type: 'command', name: 'c', run: 'true', as: 'u', env: { A: 'x' }, stdin: 'x', dir: '/d' },
    ...{ unless: 'false', onlyIf: 'true', creates: '/c', once: false, always: false, timeoutMs: 1 },
  },
];

/** What no text may do, whatever it stands in; CANARY becomes a file that must not come to be. */
const nasty = [
  "'; : >CANARY; '",
  '"; : >CANARY; "',
  '$(: >CANARY)',
  '`: >CANARY`',
  '\n: >CANARY\n',
  "\\'; : >CANARY #",
  '-rf',
  '* ? [a-z] ~ {a,b} $HOME',
  'ä 日本 \u{1f600} \r\n\ttab\\n',
  '}\n: >CANARY\n{',
];

/** Each text in a value replaced by another, one at a time. */
function* spoilt(value: unknown, by: string): Generator<unknown> {
  if (typeof value === 'string') yield by;
  if (Array.isArray(value))
    for (const [index, item] of value.entries())
      for (const bad of spoilt(item, by)) yield value.with(index, bad);
  else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array))
    for (const [key, item] of Object.entries(value)) {
      if (key === 'type') continue;
      for (const bad of spoilt(item, by)) yield { ...value, [key]: bad };
    }
}

/** Undefined: refused, as a mistake of whoever wrote it. */
function compiled(resource: unknown): Step | undefined {
  try {
    return compileResource(resource as Resource);
  } catch (error) {
    if (error instanceof MillwrightError && error.info.code.startsWith('MW-MANIFEST-')) return undefined;
    throw error;
  }
}

describe('hostile text in an attribute', async () => {
  const all = await examples();
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'mw-hostile-'));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  test.each([...new Set(all.map((one) => String(one.type)))])(
    'of %s is refused or stays plain text',
    async (type) => {
      const canary = join(home, type);
      const steps: { step: Step; text: string }[] = [];
      for (const one of all.filter((resource) => resource.type === type))
        for (const pattern of nasty) {
          const text = pattern.replaceAll('CANARY', canary);
          for (const bad of spoilt(one, text)) {
            const step = compiled(bad);
            if (step) steps.push({ step, text });
          }
        }
      const values = await sourced(
        home,
        steps.map(({ step }) => step.script),
      );
      expect(await readdir(home)).not.toContain(type);
      for (const [index, { step, text }] of steps.entries()) {
        expect(values[index], step.script).toEqual(assigned(step.script));
        if (verbatim.has(type))
          expect(carried(step, text), `${JSON.stringify(text)} in\n${step.script}`).toBe(true);
      }
    },
  );

  test.each(all.map((one) => [String(one.type), one] as const))(
    'NUL in %s is refused by its code',
    (_, one) => {
      for (const bad of spoilt(one, 'a\0b')) expect(codeOf(bad)).toBe('MW-MANIFEST-NUL');
    },
  );
});

/** Types all of whose texts reach the machine as they are; others write them in a notation of their own. */
const verbatim = new Set(
  'package file link service directory line block ini archive download git sysctl'.split(' '),
);

/** Whether the step has the text as one shell word or part of one, or in a file of its own. */
const carried = ({ script, files }: Step, text: string): boolean =>
  script.includes(quote(text).slice(1, -1)) ||
  Object.values(files).some((content) => Buffer.from(content).includes(text));

function codeOf(resource: unknown): string {
  try {
    compileResource(resource as Resource);
    return 'taken';
  } catch (error) {
    return error instanceof MillwrightError ? error.info.code : String(error);
  }
}

/** Values that a script gives to variables outside functions, read by dash itself. */
async function sourced(home: string, scripts: readonly string[]): Promise<string[][]> {
  const dir = await mkdtemp(join(home, '.scripts-'));
  const lines = scripts.map((script, index) => {
    const words = names(script).map((name) => `"$${name}"`);
    return `( . ${dir}/${index}.sh; printf '%s\\0' x ${words.join(' ')}; printf '\\1' )`;
  });
  await Promise.all(scripts.map((script, index) => writeFile(join(dir, `${index}.sh`), script)));
  await writeFile(join(dir, 'all.sh'), `cd ${dir}\nset -f\n${lines.join('\n')}\n`);
  const { stdout } = await execa('dash', [join(dir, 'all.sh')], { env: { HOME: '/nowhere' } });
  return stdout
    .split('\u0001')
    .slice(0, -1)
    .map((one) => one.split('\0').slice(1, -1));
}

const assignment = /^([a-z][a-z0-9_]*)='((?:[^']|'\\'')*)'$/gm;
const names = (script: string): string[] => [...script.matchAll(assignment)].map(([, name]) => String(name));
const assigned = (script: string): string[] =>
  [...script.matchAll(assignment)].map(([, , word]) => String(word).replaceAll("'\\''", "'"));
