import { expect, test } from 'vitest';
import { compileResource, type Resource, typeLibrary } from '../../../src/resources/index.js';

const common = { notify: [], absent: false } as const;
const one: readonly Resource[] = [
  { ...common, type: 'package', id: 'p', name: 'nginx' },
  { ...common, type: 'file', id: 'f', file: '/f', follow: false },
  { ...common, type: 'link', id: 'l', link: '/l', to: '/f' },
  { ...common, type: 'user', id: 'u', user: 'u', groups: [], system: false },
  { notify: [], type: 'service', id: 's', service: 's', running: true, enabled: true, settleMs: 0 },
  { notify: [], type: 'hosts', id: 'h', entries: [] },
  {
    ...{ notify: [], type: 'command', id: 'c', name: 'c', run: 'true', env: {}, unless: 'false' },
    ...{ once: false, always: false, timeoutMs: 1 },
  },
];

test('every type says how well it can be undone, in the step and to the runner', () => {
  const kinds = one.map(compileResource).map(({ type, undo, script }) => {
    expect(script).toContain(` undo=${undo}`);
    return `${type} ${undo}`;
  });
  expect(kinds).toEqual([
    ...['package best-effort', 'file exact', 'link exact', 'user best-effort', 'service best-effort'],
    ...['hosts exact', 'command none'],
  ]);
});

test('every type brings what it takes to check, save, apply and undo', () => {
  for (const { type } of one)
    for (const verb of ['check', 'save', 'apply', 'undo'])
      expect(typeLibrary(type)).toMatch(new RegExp(`^${type}_${verb}\\(\\) \\{$`, 'm'));
});
