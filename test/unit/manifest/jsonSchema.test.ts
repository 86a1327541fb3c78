import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fleetJsonSchema, includeJsonSchema, initFleet, templateNames } from '../../../src/manifest/index.js';
import { fixturesDir, shopDir } from './helpers.js';

const compile = (schema: Record<string, unknown>) =>
  new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
const validFleet = compile(fleetJsonSchema());
const validInclude = compile(includeJsonSchema());
const read = (...path: string[]) => parse(readFileSync(join(...path), 'utf8'));

describe('the JSON Schema for editors', () => {
  it('accepts the example shop', () => {
    expect(validFleet(read(shopDir, 'fleet.yaml')), JSON.stringify(validFleet.errors)).toBe(true);
    expect(validInclude(read(shopDir, 'configs/base.yaml'))).toBe(true);
  });

  it.each(templateNames)('accepts what init makes of template %s', (template) => {
    const files = initFleet({ fleet: 'shop', template });
    expect(validFleet(parse(files?.['fleet.yaml'] ?? ''))).toBe(true);
    expect(validInclude(parse(files?.['configs/base.yaml'] ?? ''))).toBe(true);
  });

  it.each([
    'unknown-section',
    'unknown-key-of-a-group',
    'unknown-resource-type',
    'two-types-in-one-resource',
    'mode-is-a-number',
    'sizes-are-wrong',
    'durations-are-wrong',
    'head-is-missing',
    'secrets-are-wrong',
    'not-in-this-version',
    'rollback-is-no-ladder',
  ])('marks the broken manifest %s', (name) => {
    expect(validFleet(read(fixturesDir, name, 'fleet.yaml'))).toBe(false);
  });

  it('says "version" only in fleet.yaml', () => {
    expect(validInclude({ version: 1 })).toBe(false);
  });
});
