import type { Resource } from '../../../../src/resources/index.js';
import { command, file } from '../../runner/resources.js';
import type { LifeCase } from '../case.js';

const everywhere = ['busybox', 'debian', 'vm'] as const;
const waitFor = (path: string): Resource => ({
  ...{
    type: 'wait',
    id: `wait:${path}`,
    wait: 'it',
    host: '127.0.0.1',
    path,
    env: {},
    within: 60_000,
    notify: [],
  },
});
const holds = (run: string): Resource => ({
  ...{
    type: 'assert',
    id: 'assert:it',
    assert: 'it',
    run,
    env: { WANT: "it's here" },
    within: 10,
    notify: [],
  },
});

export const cases: LifeCase[] = [
  {
    name: 'a command runs where it was told to, with its environment and input, until what it makes is there',
    on: everywhere,
    prepare: 'rm -rf /srv/mw-made; mkdir -p /srv/mw-made',
    resources: [
      command('make it', 'cat >made; printf %s "$NAME" >>made', {
        ...{ dir: '/srv/mw-made', env: { NAME: "$(x) 'y'" }, stdin: 'read\n', creates: '/srv/mw-made/made' },
      }),
    ],
    proof: `printf '%s\\n%s' read "\\$(x) 'y'" | cmp - /srv/mw-made/made`,
    breaks: 'rm /srv/mw-made/made',
  },
  {
    name: 'what is asserted holds once what was waited for is there; a check says that it does not',
    on: everywhere,
    prepare: 'rm -f /srv/mw-asked /srv/mw-came',
    resources: [
      file('/srv/mw-asked', { content: 'please\n' }),
      command(
        'send it',
        'setsid sh -c "sleep 2; echo \\"it\'s here\\" >/srv/mw-coming; mv /srv/mw-coming /srv/mw-came" >/dev/null 2>&1 &',
        {
          unless: 'test -e /srv/mw-came',
        },
      ),
      waitFor('/srv/mw-came'),
      holds('test "$(cat /srv/mw-came)" = "$WANT"'),
    ],
    proof: '[ "$(cat /srv/mw-asked)" = please ]; [ -e /srv/mw-came ]',
    breaks: 'rm /srv/mw-asked /srv/mw-came',
    unmet: 'MW-CHANGE-ASSERT',
  },
];
