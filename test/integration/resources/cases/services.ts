import type { Resource } from '../../../../src/resources/index.js';
import { service } from '../../runner/resources.js';
import type { LifeCase } from '../case.js';

const unit = (name: string, more: object): Resource => ({
  ...{ type: 'unit', id: `unit:${name}`, unit: name, absent: false, notify: [] },
  ...more,
});
const timer = (more: object): Resource => ({
  ...{
    type: 'timer',
    id: 'timer:mwtick',
    timer: 'mwtick',
    as: 'root',
    persistent: true,
    absent: false,
    notify: [],
  },
  ...more,
});
const cron = (more: object): Resource => ({
  ...{ type: 'cron', id: 'cron:mwjob', cron: 'mwjob', as: 'root', env: {}, absent: false, notify: [] },
  ...more,
});
const sleeper = '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n';
/** systemd of a box may not be ready yet. */
const ready = 'until systemctl daemon-reload 2>/dev/null; do sleep 0.2; done';
const hostile = `printf '%s\\n' "100% of \\$HOME \\\\ 'q' \\"d\\"" é >/root/ticked\nexit 0`;

export const cases: LifeCase[] = [
  {
    name: 'a unit and its drop-in are read at once, and a service starts it',
    on: ['systemd', 'vm'],
    prepare: ready,
    resources: [
      unit('mwnew.service', { content: sleeper }),
      unit('mwnew.service', {
        id: 'unit:mwnew.service/env',
        dropin: 'env',
        content: '[Service]\nEnvironment=A=b\n',
      }),
      service('mwnew'),
    ],
    proof: `systemctl --quiet is-active mwnew; [ "$(systemctl show -p Environment --value mwnew)" = A=b ]
      [ "$(stat -c %a /etc/systemd/system/mwnew.service)" = 644 ]
      [ "$(systemctl show -p NeedDaemonReload --value mwnew)" = no ]`,
    breaks: `printf '[Service]\\nEnvironment=A=c\\n' >/etc/systemd/system/mwnew.service.d/env.conf; systemctl daemon-reload`,
    undone: '[ ! -e /etc/systemd/system/mwnew.service ]; [ ! -e /etc/systemd/system/mwnew.service.d ]',
  },
  {
    name: 'a unit that somebody edited is read again, and one that must not be here goes and comes back',
    on: ['systemd'],
    prepare: `${ready}; for name in mwedit mwgone; do printf '%s' '${sleeper}' >/etc/systemd/system/$name.service; done
      sed -i 's/infinity/9d/' /etc/systemd/system/mwedit.service; systemctl daemon-reload`,
    resources: [
      unit('mwedit.service', { content: sleeper }),
      unit('mwgone.service', { absent: true }),
      unit('mwmany@.service', { content: sleeper }),
    ],
    proof: `systemctl cat mwedit | grep -q infinity; [ ! -e /etc/systemd/system/mwgone.service ]
      [ -e /etc/systemd/system/mwmany@.service ]`,
    breaks: "sed -i 's/infinity/8d/' /etc/systemd/system/mwedit.service",
    undone: 'grep -q 9d /etc/systemd/system/mwedit.service; [ -e /etc/systemd/system/mwgone.service ]',
  },
  {
    name: 'a service runs now and at boot, and neither any more',
    on: ['systemd', 'vm'],
    prepare: `printf '%s' '${sleeper}' >/etc/systemd/system/mwsleep.service; ${ready}`,
    resources: [service('mwsleep', { enabled: true })],
    proof: 'systemctl --quiet is-active mwsleep; systemctl --quiet is-enabled mwsleep',
    breaks: 'systemctl --quiet disable --now mwsleep',
    undone: '[ "$(systemctl is-active mwsleep)" != active ]; ! systemctl --quiet is-enabled mwsleep',
  },
  {
    name: 'a timer runs its shell as it stands, is enabled and started, and goes again',
    on: ['systemd', 'vm'],
    prepare: `${ready}; rm -f /root/ticked`,
    resources: [timer({ run: hostile, onCalendar: ['daily', 'Mon *-*-* 04:00:00'] })],
    proof: `systemctl --quiet is-active mwtick.timer; systemctl --quiet is-enabled mwtick.timer
      systemctl start mwtick.service
      [ "$(cat /root/ticked)" = "100% of \\$HOME \\\\ 'q' \\"d\\"
é" ]`,
    breaks: `systemctl --quiet disable --now mwtick.timer; rm -f /root/ticked
      sed -i s/ticked/tacked/ /etc/systemd/system/mwtick.service; systemctl daemon-reload`,
    undone:
      '[ -z "$(systemctl is-active mwtick.timer | grep -x active)" ]; [ ! -e /etc/systemd/system/mwtick.timer ]; [ ! -e /etc/systemd/system/mwtick.service ]',
  },
  {
    name: 'a job of cron runs with its environment, and goes again',
    on: ['debian', 'vm'],
    prepare: '[ ! -d /run/systemd/system ] || systemctl stop cron; rm -f /etc/cron.d/*; rm -f /root/cronned',
    resources: [
      cron({
        schedule: '@reboot',
        run: `printf '%s|' "$NAME" "100%" é >/root/cronned`,
        env: { NAME: " O'Brien", MAILTO: '' },
      }),
    ],
    proof: `rm -f /run/crond.* /root/cronned; cron -f & pid=$!
      for i in 1 2 3 4 5 6 7 8 9 10; do [ -s /root/cronned ] && break; sleep 0.5; done; kill $pid
      [ "$(cat /root/cronned)" = " O'Brien|100%|é|" ]; [ "$(stat -c %a /etc/cron.d/mwjob)" = 644 ]`,
    breaks: "sed -i 's/100/99/' /etc/cron.d/mwjob",
    undone: '[ ! -e /etc/cron.d/mwjob ]',
  },
];
