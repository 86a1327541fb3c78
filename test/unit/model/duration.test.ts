import { expect, it } from 'vitest';
import { parseDuration } from '../../../src/model/index.js';

it.each([
  ['90s', 90_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['250ms', 250],
  ['2d', 172_800_000],
])('reads %s as %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each(['90', '', 's', '1 h', '1h 30m', '-1s', '1y'])('refuses %j rather than guess', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
