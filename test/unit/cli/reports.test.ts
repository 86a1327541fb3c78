import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Io } from '../../../src/cli/io.js';
import { parseReport, writeReports } from '../../../src/cli/run/reports.js';
import { outcome, run } from '../report/fixtures.js';

const dir = mkdtempSync(join(tmpdir(), 'mw-report-'));
const at = (name: string): string => join(dir, name);

const said: string[] = [];
const silent = { io: { err: (text: string) => void said.push(text) } as unknown as Io };

describe('--report', () => {
  it.each([
    ['run.md', 'markdown', /^## shop\/prod run 42/],
    ['run.xml', 'junit', /^<\?xml version="1.0"/],
    ['run.json', 'json', /"schema": "millwright\/run\/v1"/],
  ])('%s is %s', async (name, format, content) => {
    const file = parseReport(at(name));
    expect(file).toEqual({ format, path: at(name) });
    await writeReports(silent, run([outcome('web-1')]), [file]);
    expect(readFileSync(at(name), 'utf8')).toMatch(content);
  });

  it('takes a word for the format where the name has none', () => {
    expect(parseReport(`markdown:${at('step_summary_1')}`)).toEqual({
      format: 'markdown',
      path: at('step_summary_1'),
    });
  });

  it('that cannot be written any more is told, and is no failure of the run', async () => {
    const file = parseReport(at('late.md'));
    mkdirSync(at('late.md'));
    await writeReports(silent, run([outcome('web-1')]), [file]);
    expect(said.join()).toContain(`No report was written to ${at('late.md')}: `);
    expect(() => parseReport(at('late.md'))).toThrow('is a folder');
  });

  it.each([
    ['run.txt', 'what format'],
    ['nowhere/run.md', 'there is no folder'],
  ])('refuses %s before anything is done', (name, why) => {
    expect(() => parseReport(at(name))).toThrow(why);
  });
});

describe('examples/ci', () => {
  const example = (name: string): string =>
    readFileSync(new URL(`../../../examples/ci/${name}`, import.meta.url), 'utf8');

  it.each(['github.yml', 'gitlab.yml', 'Jenkinsfile', 'teamcity.kts'])(
    '%s runs the script and keeps both reports',
    (name) => {
      for (const part of ['sh ci/deploy.sh prod', 'report.md', 'junit.xml'])
        expect(example(name)).toContain(part);
      if (name.endsWith('.yml')) expect(parse(example(name))).toBeTypeOf('object');
    },
  );
});
