import type { LifeCase } from '../case.js';

export const cases: LifeCase[] = [
  {
    name: 'a time zone is linked, and the old one comes back',
    on: ['busybox', 'debian', 'vm'],
    prepare: `mkdir -p /usr/share/zoneinfo/Europe
      [ -e /usr/share/zoneinfo/Europe/Berlin ] || echo TZif2 >/usr/share/zoneinfo/Europe/Berlin
      [ -e /usr/share/zoneinfo/UTC ] || echo TZif2 >/usr/share/zoneinfo/UTC
      ln -sf /usr/share/zoneinfo/UTC /etc/localtime`,
    resources: [{ type: 'timezone', id: 'timezone:Europe/Berlin', timezone: 'Europe/Berlin', notify: [] }],
    proof: '[ "$(readlink /etc/localtime)" = /usr/share/zoneinfo/Europe/Berlin ]',
    breaks: 'rm /etc/localtime',
    undone: '[ "$(readlink /etc/localtime)" = /usr/share/zoneinfo/UTC ]',
  },
];
