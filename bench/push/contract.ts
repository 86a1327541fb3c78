/** A resource as every peer can express it in its own terms. */
export type Item =
  | { readonly kind: 'user'; readonly name: string; readonly home: string; readonly shell: string }
  | { readonly kind: 'command'; readonly name: string; readonly run: string; readonly creates: string }
  | FileItem
  | { readonly kind: 'link'; readonly path: string; readonly to: string };

export interface FileItem {
  readonly kind: 'file';
  readonly path: string;
  /** Octal, four digits. */
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  /** `machineToken` stands for the machine's name: then it is a template. */
  readonly text: string;
}

export const machineToken = '@MACHINE@';
export const isTemplate = ({ text }: FileItem): boolean => text.includes(machineToken);
export const filled = (text: string, machine: string): string => text.replaceAll(machineToken, machine);

/** Ten resources of a small web shop: a user, two guarded commands, six files of which one is a template, a link. */
export const tenResources: readonly Item[] = [
  { kind: 'user', name: 'shop', home: '/srv/shop', shell: '/usr/sbin/nologin' },
  {
    kind: 'command',
    name: 'make the folder of releases',
    run: 'mkdir -p /srv/shop/releases/1',
    creates: '/srv/shop/releases/1',
  },
  file('/etc/motd', '0644', 'root', 'This machine is managed: changes made here are reverted.\n'),
  file(
    '/etc/shop.conf',
    '0640',
    'shop',
    lines(60, (n) => `option_${n} = value ${n * 7919}`),
  ),
  file('/etc/sysctl.d/90-shop.conf', '0644', 'root', 'net.core.somaxconn = 1024\nvm.swappiness = 10\n'),
  file('/etc/cron.d/shop', '0644', 'root', '17 3 * * * shop /usr/local/bin/shop-backup --quiet\n'),
  file(
    '/usr/local/bin/shop-backup',
    '0755',
    'root',
    `#!/bin/sh\nset -eu\n${lines(25, (n) => `tar -cf "/srv/shop/part-${n}.tar" "/srv/shop/releases/$1"`)}`,
  ),
  file(
    '/etc/shop-node.conf',
    '0644',
    'root',
    `name = ${machineToken}\nurl = https://${machineToken}.shop.example/\n${lines(8, (n) => `peer_${n} = 192.0.2.${n}`)}`,
  ),
  { kind: 'link', path: '/srv/shop/current', to: '/srv/shop/releases/1' },
  {
    kind: 'command',
    name: 'make the seed',
    run: 'seq 1 500 > /srv/shop/seed',
    creates: '/srv/shop/seed',
  },
];

/** Files only: what a check looks at grows with their number and nothing else. */
export const hundredResources: readonly Item[] = Array.from({ length: 100 }, (_, n) =>
  file(
    `/etc/shop-${n}.conf`,
    '0644',
    'root',
    lines(20, (line) => `option_${line} = ${n * line}`),
  ),
);

function file(path: string, mode: string, group: string, text: string): FileItem {
  return { kind: 'file', path, mode, owner: 'root', group, text };
}

function lines(count: number, line: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => `${line(n + 1)}\n`).join('');
}

/** A text that must be on the machine afterwards, by path: what each run is judged by. */
export const expected = (items: readonly Item[], machine: string): ReadonlyMap<string, string> =>
  new Map(
    items.flatMap((one) => (one.kind === 'file' ? [[one.path, filled(one.text, machine)] as const] : [])),
  );
