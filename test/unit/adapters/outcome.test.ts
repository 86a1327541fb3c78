import { describe, expect, it } from 'vitest';
import { type PlayEvent, parseEvent } from '../../../src/adapters/ansible/events.js';
import { maskOutcome } from '../../../src/adapters/ansible/mask.js';
import { outcomeOf } from '../../../src/adapters/ansible/outcome.js';

/** What the callback printed in a real run: a copy, a skipped task, a loop whose second item fails. */
const lines = [
  '{"millwright": "start"}',
  '{"millwright": "play", "play": "all"}',
  '{"millwright": "begin", "task": "web : A file", "at": "roles/web/tasks/main.yml:1"}',
  '{"millwright": "task", "state": "changed", "task": "web : A file", "action": "copy", "at": "roles/web/tasks/main.yml:1", "message": "", "rc": null, "output": ""}',
  '{"millwright": "diff", "task": "web : A file", "diff": "--- before\\n+++ after\\n@@ -0,0 +1 @@\\n+hello\\n\\n"}',
  '{"millwright": "task", "state": "skipped", "task": "web : Skip me", "action": "debug", "at": "roles/web/tasks/main.yml:3", "message": "Conditional result was False", "rc": null, "output": ""}',
];
const broken =
  '{"millwright": "task", "state": "failed", "task": "web : Loop", "action": "command", "at": "roles/web/tasks/main.yml:6", "message": "non-zero return code", "rc": 3, "output": "no such thing"}';
const end =
  '{"millwright": "end", "ok": 1, "changed": 1, "failures": 0, "unreachable": 0, "skipped": 1, "rescued": 0, "ignored": 0}';

const events = (...texts: string[]): PlayEvent[] => texts.flatMap((text) => parseEvent(text) ?? []);
const played = (exit: number, texts: string[], more = {}) =>
  outcomeOf({ exit, timedOut: false, stray: [], check: false, ...more, events: events(...texts) });

describe('what a playbook came to', () => {
  it('every line of the callback is read, and nothing else', () => {
    expect(events(...lines, broken, end)).toHaveLength(8);
    expect(parseEvent('PLAY [all] ***')).toBeUndefined();
    expect(parseEvent('{"millwright": "task"')).toBeUndefined();
    expect(parseEvent('{"millwright": "task", "state": "odd"}')).toBeUndefined();
  });

  it('what changed is told by task, file and line', () => {
    expect(played(0, [...lines, end])).toEqual({
      state: 'changed',
      reason: '1 of 2 tasks changed something: web : A file (roles/web/tasks/main.yml:1)',
      tasks: [
        { name: 'web : A file', state: 'changed', at: 'roles/web/tasks/main.yml:1', reason: '' },
        {
          ...{ name: 'web : Skip me', state: 'skipped', at: 'roles/web/tasks/main.yml:3' },
          reason: 'Conditional result was False',
        },
      ],
    });
  });

  it('a check says what would change, with the differences', () => {
    expect(played(0, [...lines, end], { check: true })).toMatchObject({
      reason: '1 of 2 tasks would change something: web : A file (roles/web/tasks/main.yml:1)',
      output: '--- before\n+++ after\n@@ -0,0 +1 @@\n+hello',
    });
  });

  it('nothing to do states its reason', () => {
    const same = lines.map((line) => line.replace('"changed"', '"ok"'));
    expect(played(0, [...same, end])).toMatchObject({
      state: 'ok',
      reason: '2 tasks, none changed anything',
    });
  });

  it('a failure names the task, its file and line, what the module said, and its exit', () => {
    expect(played(2, [...lines, broken, end])).toMatchObject({
      ...{ state: 'failed', code: 'MW-CHANGE-PLAYBOOK', exit: 3, output: 'no such thing' },
      reason: 'task "web : Loop" at roles/web/tasks/main.yml:6 failed: non-zero return code',
    });
  });

  it('a machine that is not reached is no fault of the playbook', () => {
    const lost = broken.replace('"failed"', '"unreachable"').replace('"rc": 3', '"rc": null');
    expect(played(4, [...lines, lost])).toMatchObject({ state: 'failed', code: 'MW-ANSIBLE-UNREACHABLE' });
  });

  it('a failure that is ignored or rescued leaves the step well', () => {
    const ignored = broken.replace('"failed"', '"ignored"');
    expect(played(0, [...lines, ignored, broken, end])).toMatchObject({ state: 'changed' });
  });

  it('a playbook for other machines does nothing here, and says so', () => {
    const nobody = [
      '{"millwright": "start"}',
      '{"millwright": "play", "play": "db"}',
      '{"millwright": "nobody"}',
    ];
    expect(played(0, nobody)).toMatchObject({
      ...{ state: 'failed', code: 'MW-CHANGE-PLAYBOOK' },
      reason: 'no play is for this machine: hosts must be all, its name or its group',
    });
  });

  it('a playbook that cannot be read is told in the words of Ansible', () => {
    const stray = ["[ERROR]: the role 'web' was not found in roles", 'Origin: site.yml:2:11'];
    expect(played(1, ['{"millwright": "start"}'], { stray })).toMatchObject({
      ...{ state: 'failed', code: 'MW-CHANGE-PLAYBOOK', output: stray.join('\n') },
      reason: "ansible-playbook exited 1: the role 'web' was not found in roles",
    });
  });

  it('secrets are masked wherever they come up, whole and by line, also as JSON has them', () => {
    const secret = 'line one\nline "two"';
    const outcome = {
      ...({ state: 'failed', reason: 'wrote line one' } as const),
      output: 'token=line one\\nline \\"two\\"',
      tasks: [{ name: 'a', state: 'ok', at: 'x:1', reason: 'has line "two"' }] as const,
    };
    expect(maskOutcome(outcome, [secret, ''])).toEqual({
      ...{ state: 'failed', reason: 'wrote ***', output: 'token=***' },
      tasks: [{ name: 'a', state: 'ok', at: 'x:1', reason: 'has ***' }],
    });
  });
});
