import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../src/cli/context.js';
import { type Steering, steer } from '../../../src/cli/run/steer.js';

interface Desk {
  readonly sent: string[];
  readonly shown: (string | undefined)[];
  readonly steering: Steering;
  type(keys: string): void;
}

/** A terminal as far as steering sees one; `asking`: the machine whose question is open. */
function desk(asking: string | undefined, paused = false): Desk {
  const stdin = Object.assign(new PassThrough(), { setRawMode: () => undefined });
  const context = { io: { interactive: true, stdin }, flags: { input: true } } as unknown as Context;
  const [sent, shown]: [string[], (string | undefined)[]] = [[], []];
  const steering = steer(context, {
    send: async (verb, machine) => void sent.push([verb, machine].filter(Boolean).join(' ')),
    asking: () => asking,
    ask: (text) => void shown.push(text),
    paused: () => paused,
    onInterrupt: 'detach',
  });
  return {
    ...{ sent, shown, steering },
    type: (keys) => {
      for (const key of keys) stdin.emit('data', Buffer.from(key));
    },
  };
}

describe('keys', () => {
  it('answer the question that is shown', () => {
    const { sent, type, steering } = desk('web-1');
    type('rk');
    steering.close();
    expect(sent).toEqual(['retry web-1', 'skip web-1']);
  });

  it('put a machine back only when b is typed twice', () => {
    const { sent, shown, type, steering } = desk('web-1');
    type('bxb');
    expect(sent).toEqual([]);
    expect(shown[0]).toContain('b again: put web-1 back');
    type('b');
    steering.close();
    expect(sent).toEqual(['rollback web-1']);
  });

  it('pause a run, and let a paused one go on', () => {
    for (const [paused, verb] of [
      [false, 'pause'],
      [true, 'resume'],
    ] as const) {
      const { sent, type, steering } = desk(undefined, paused);
      type('p');
      steering.close();
      expect(sent).toEqual([verb]);
    }
  });

  it('answer nothing while no question is open', () => {
    const { sent, type, steering } = desk(undefined);
    type('rkbb');
    steering.close();
    expect(sent).toEqual([]);
  });

  it('stop with s, leave with d, and ask what Ctrl-C means before it leaves', () => {
    const stopped = desk(undefined);
    stopped.type('s');
    expect(stopped.sent).toEqual(['stop']);
    stopped.type('d');
    stopped.steering.close();
    expect([stopped.steering.leave.aborted, stopped.steering.wish()]).toEqual([true, 'detach']);
    const interrupted = desk(undefined);
    interrupted.type('\u0003');
    expect([interrupted.steering.leave.aborted, interrupted.shown.length]).toEqual([false, 1]);
    interrupted.type('\u0003');
    interrupted.steering.close();
    expect(interrupted.steering.wish()).toBe('interrupt');
  });
});
