import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../src/activities/classify.js';
import { type Cause, MillwrightError } from '../../../src/model/index.js';

const failureOf = (cause: Cause, retryable: boolean) =>
  toFailure(new MillwrightError({ code: 'MW-X', cause, message: 'm' }, retryable));

describe('an error on its way to a workflow', () => {
  it.each([
    ['infrastructure', true, false],
    ['unreachable', true, false],
    ['infrastructure', false, true],
    ['change', true, true],
    ['machine', true, true],
  ] as const)(
    'of cause %s, retryable %s, ends the activity for good: %s',
    (cause, retryable, nonRetryable) => {
      expect(failureOf(cause, retryable).nonRetryable).toBe(nonRetryable);
    },
  );

  it('carries its code as type and all of it as details', () => {
    expect(failureOf('machine', false)).toMatchObject({
      type: 'MW-X',
      message: 'm',
      details: [{ code: 'MW-X', cause: 'machine', message: 'm' }],
    });
  });

  it('is an infrastructure failure that may be tried again when nobody foresaw it', () => {
    expect(toFailure(new TypeError('x is undefined'))).toMatchObject({
      type: 'MW-INTERNAL',
      nonRetryable: false,
      details: [{ cause: 'infrastructure', message: 'TypeError: x is undefined' }],
    });
  });

  it('never exceeds what Temporal keeps of a failure', () => {
    const detail = Array.from({ length: 500 }, () => 'x'.repeat(500));
    const failure = toFailure(
      new MillwrightError({ code: 'MW-X', cause: 'machine', message: 'm', detail }, false),
    );
    expect(JSON.stringify(failure.details).length).toBeLessThan(4096);
  });
});
