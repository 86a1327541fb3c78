import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseReport, writeReports } from '../../../src/cli/run/reports.js';
import { outcome, run } from '../report/fixtures.js';

const dir = mkdtempSync(join(tmpdir(), 'mw-report-'));
const at = (name: string): string => join(dir, name);

describe('--report', () => {
  it.each([
    ['run.md', 'markdown', /^## shop\/prod run 42/],
    ['run.xml', 'junit', /^<\?xml version="1.0"/],
    ['run.json', 'json', /"schema": "millwright\/run\/v1"/],
  ])('%s is %s', async (name, format, content) => {
    const file = parseReport(at(name));
    expect(file).toEqual({ format, path: at(name) });
    await writeReports(run([outcome('web-1')]), [file]);
    expect(readFileSync(at(name), 'utf8')).toMatch(content);
  });

  it('takes a word for the format where the name has none', () => {
    expect(parseReport(`markdown:${at('step_summary_1')}`)).toEqual({
      format: 'markdown',
      path: at('step_summary_1'),
    });
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
