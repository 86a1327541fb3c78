import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { outputJsonSchema, outputNames } from '../../../src/cli/schemas/index.js';
import { outcome, plan, planMachine, question, refusedFile, run, status } from '../report/fixtures.js';

const documents: Readonly<Record<string, unknown>> = {
  plan: plan([planMachine('web-1'), planMachine('db-1', { action: 'create' })]),
  run: run([outcome('web-1'), refusedFile], { questions: [question()], notStarted: ['web-2'] }),
  status: status({ questions: [question()] }),
};

describe('output schemas', () => {
  it('exist for every document that -o json prints', () => {
    expect(outputNames).toEqual([
      'adopt',
      'backup',
      'check',
      'dev',
      'doctor',
      'error',
      'event',
      'exec',
      'explain',
      'forget',
      'history',
      'import',
      'init',
      'log',
      'operate',
      'plan',
      'render',
      'restore',
      'run',
      'schedule',
      'status',
      'sweep',
      'validate',
      'version',
      'vote',
      'why',
    ]);
  });

  it.each(Object.keys(documents))('accepts the document of %s, which names its schema first', (name) => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
      outputJsonSchema(name) ?? {},
    );
    expect([validate(documents[name]), validate.errors]).toEqual([true, null]);
    expect(JSON.stringify(documents[name])).toMatch(new RegExp(`^\\{"schema":"millwright/${name}/v1"`));
  });

  it('refuses a document that lacks a field, so that removing one is noticed', () => {
    const { summary: _, ...without } = plan([planMachine('web-1')]);
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
      outputJsonSchema('plan') ?? {},
    );
    expect(validate(without)).toBe(false);
  });

  it('has no schema for a name that nobody prints', () => {
    expect(outputJsonSchema('plans')).toBeUndefined();
  });

  it.each(outputNames)('of %s stays as it was published', async (name) => {
    await expect(`${JSON.stringify(outputJsonSchema(name), null, 2)}\n`).toMatchFileSnapshot(
      `../../fixtures/schemas/${name}.json`,
    );
  });
});
