import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import type { MachineOutcome } from '../../../src/model/index.js';
import { type RunDocument, renderMarkdown } from '../../../src/report/index.js';
import { renderJunit } from '../../../src/report/junit.js';
import { openGate, outcome, question, refusedFile, run } from './fixtures.js';

const many = Array.from({ length: 1000 }, (_, n) => outcome(`web-${n + 1}`));
const owed = outcome('db-1', { outcome: 'owed', reason: 'unreachable: db-1 did not answer' });
const failing = (message: string): MachineOutcome => ({
  ...refusedFile,
  failure: { code: 'MW-CHANGE-COMMAND', cause: 'change', message, detail: [message], remedy: message },
});

describe('a run as Markdown', () => {
  it('tells what is wrong first, then machines that fared alike in one row, however many there are', () => {
    const page = renderMarkdown(run([...many, refusedFile, owed], { outcome: 'failed' }));
    expect(page.split('\n').slice(0, 8)).toEqual([
      '## shop/prod run 42: failed',
      '',
      '### web-1: failed at provision',
      '',
      '```',
      expect.stringMatching(/^MW-CHANGE-VALIDATE {2}/),
      expect.stringContaining('unknown directive'),
      '```',
    ]);
    expect(page).toContain('| verified, 1 changed, 6 ok | 1000 | web-1…1000 |');
    expect(page).toContain('| owed, 1 changed, 6 ok | 1 | db-1 |');
    expect(page).toContain(
      'up by platform at 2026-03-04T11:58:00.000Z · took 1m03s · commit `3f2a9c1d3f2a` · plan `77777777`',
    );
    expect(page.length).toBeLessThan(2_000);
  });

  it('tells failures alike once, with the machines that share them', () => {
    const bad = Array.from({ length: 500 }, (_, n) => ({
      ...failing(`port ${n} is taken`),
      machine: `web-${n + 1}`,
    }));
    const page = renderMarkdown(run(bad, { outcome: 'failed' }));
    expect(page.match(/^### /gm)).toHaveLength(1);
    expect(page).toContain('The same on 499 machines more: web-2…500');
  });

  it('names open gates with what answers them, and votes', () => {
    const vote = { gate: 'rollout', decision: 'approve', by: 'ada', how: 'signed' } as const;
    const page = renderMarkdown(
      run([], {
        outcome: null,
        gates: [openGate],
        votes: [{ ...vote, reason: null, reference: null, at: '' }],
      }),
    );
    expect(page).toContain('- gate **canary:web** waits for 2 approvals: `millwright approve 42 canary:web`');
    expect(page).toContain('- rollout approved by ada (signed)');
  });

  it('names what can be typed where it waits', () => {
    expect(renderMarkdown(run([], { outcome: null, questions: [question()] }))).toContain(
      '`millwright retry 42 web-1`',
    );
  });

  it('lets nothing that a machine says end the block it stands in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('`', '```', '\n', 'a', '~~~', '<b>')).map((all) => all.join('')),
        (text) => {
          const lines = renderMarkdown(run([failing(text)])).split('\n');
          const fence = lines.find((line) => /^`{3,}$/.test(line)) ?? '';
          expect(lines.filter((line) => line === fence)).toHaveLength(2);
        },
      ),
    );
  });
});

it('a page of Markdown steers no terminal that shows it', () => {
  expect(renderMarkdown(run([failing('\u001b[2J\u009b2J')]))).not.toMatch(/[\u001b\u009b]/);
});

describe('a run as JUnit', () => {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    isArray: (name) => name === 'testcase',
  });
  const suites = (xml: string) => {
    expect(XMLValidator.validate(xml)).toBe(true);
    return [parser.parse(xml).testsuites.testsuite].flat();
  };

  it('has a suite per group, and a case per machine that passed, failed or was skipped', () => {
    const document = run([outcome('web-2'), refusedFile, owed], { outcome: 'failed', notStarted: ['web-3'] });
    const [web, db, rest] = suites(renderJunit(document));
    expect(web).toMatchObject({ '@name': 'shop/prod web', '@tests': '2', '@failures': '1', '@skipped': '0' });
    expect(web.testcase[0]).toMatchObject({
      '@name': 'web-2',
      '@time': '62.000',
      'system-out': expect.stringContaining('verified'),
    });
    expect(web.testcase[1].failure).toMatchObject({
      '@message': 'failed at provision',
      '#text': expect.stringContaining('MW-CHANGE-VALIDATE'),
    });
    expect(db.testcase[0].skipped['@message']).toContain('unreachable');
    expect(rest.testcase[0]).toMatchObject({ '@name': 'web-3', skipped: { '@message': 'not started' } });
  });

  it.each([
    ['rejected', 'rejected at a gate', 'rejected by ada (signed): no'],
    ['refused', 'refused outside its window', undefined],
    ['missed', 'missed its window', undefined],
  ])('has a failure where a run was %s, though no machine failed', (outcome, ending, why) => {
    const vote = { gate: 'rollout', decision: 'reject', by: 'ada', how: 'signed', at: '' } as const;
    const votes = why === undefined ? [] : [{ ...vote, reason: 'no', reference: null }];
    const document = run([], { outcome, notStarted: ['web-1'], votes } as Partial<RunDocument>);
    const [rest] = suites(renderJunit(document));
    expect(rest).toMatchObject({ '@failures': '1', '@skipped': '1' });
    expect(rest.testcase[1]).toMatchObject({ '@name': 'run', failure: { '@message': ending } });
    expect(rest.testcase[1].failure['#text']).toBe(why);
    expect(renderMarkdown(document).split('\n')[0]).toBe(`## shop/prod run 42: ${ending}`);
  });

  it('gives failures alike one type, so that a CI server counts them as one', () => {
    const bad = [1, 2].map((n) => ({ ...failing(`port ${n} is taken`), machine: `web-${n}` }));
    const [web] = suites(renderJunit(run(bad, { outcome: 'failed' })));
    const types = web.testcase.map((one: { failure: Record<string, string> }) => one.failure['@type']);
    expect(new Set(types)).toEqual(new Set([types[0]]));
    expect(types[0]).toMatch(/^MW-CHANGE-COMMAND .*port <n> is taken$/);
  });

  it('is XML whatever a machine says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const xml = renderJunit(run([failing(text)], { failure: failing(text).failure ?? null }));
        expect(XMLValidator.validate(xml)).toBe(true);
        expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
      }),
    );
  });
});
