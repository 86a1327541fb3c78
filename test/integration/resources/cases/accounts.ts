import { slotToken } from '../../../../src/model/index.js';
import type { Resource } from '../../../../src/resources/index.js';
import { user } from '../../runner/resources.js';
import type { LifeCase } from '../case.js';

const group = (name: string, more: object = {}): Resource => ({
  ...{
    type: 'userGroup',
    id: `userGroup:${name}`,
    userGroup: name,
    system: false,
    absent: false,
    notify: [],
  },
  ...more,
});
const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIExampleKeyAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
const key = (more: object = {}): Resource => ({
  ...{ type: 'authorizedKey', id: 'authorizedKey:mwkey/a@b', authorizedKey: 'mwkey', notify: [] },
  ...{ key: `ssh-ed25519 ${blob} a@b`, options: [], absent: false },
  ...more,
});
const everywhere = ['busybox', 'debian', 'vm'] as const;
const hash =
  '$6$saltsalt$Zj6Q0wQ5pEJkBf1oM0RrFzq0M5yq6nHf5JqgT9w7mIYQZ1x7hYw2hYp0mP9v1w3k2q8e4r6t8y0u2i4o6p8a0';

export const cases: LifeCase[] = [
  {
    name: 'a group is made with its number, and one that must not be here goes',
    on: everywhere,
    prepare: `grep -v '^mwgroup:' /etc/group >/tmp/group; cat /tmp/group >/etc/group; echo mwold:x:7071: >>/etc/group`,
    resources: [group('mwgroup', { gid: 7070 }), group('mwold', { absent: true })],
    proof: "grep -q '^mwgroup:[^:]*:7070:' /etc/group; ! grep -q '^mwold:' /etc/group",
    breaks: "grep -v '^mwgroup:' /etc/group >/tmp/group; cat /tmp/group >/etc/group",
    undone: "[ -z \"$(grep '^mwgroup:' /etc/group)\" ]; grep -q '^mwold:x:7071:$' /etc/group",
  },
  {
    name: 'a user gets its number, comment and password hash, and loses them again',
    on: everywhere,
    prepare: `grep -v '^mwpass:' /etc/passwd >/tmp/passwd; cat /tmp/passwd >/etc/passwd`,
    resources: [user('mwpass', { uid: 7171, comment: "O'Brien, Ops", passwordHash: slotToken('hash') })],
    secrets: { hash },
    proof: `grep -q "^mwpass:x:7171:[0-9]*:O'Brien, Ops:" /etc/passwd; grep -qF 'mwpass:${hash}:' /etc/shadow`,
    breaks: `sed 's/^mwpass:[^:]*:/mwpass:!:/' /etc/shadow >/tmp/shadow; cat /tmp/shadow >/etc/shadow; rm /tmp/shadow
      sed 's/Brien, Ops/Brien/' /etc/passwd >/tmp/passwd; cat /tmp/passwd >/etc/passwd`,
    undone: "[ -z \"$(grep '^mwpass:' /etc/passwd)\" ]; ! grep -q '^mwpass:' /etc/shadow",
  },
  {
    name: 'the password and comment that a user had come back',
    on: everywhere,
    prepare: `grep -q '^mwhad:' /etc/passwd || echo 'mwhad:x:7172:0:Had:/:/bin/sh' >>/etc/passwd
      grep -v '^mwhad:' /etc/shadow >/tmp/shadow; cat /tmp/shadow >/etc/shadow; rm /tmp/shadow
      echo 'mwhad:$6$old$old:19000:0:99999:7:::' >>/etc/shadow`,
    resources: [user('mwhad', { comment: 'Has', passwordHash: slotToken('hash') })],
    secrets: { hash },
    proof: `grep -qF 'mwhad:${hash}:' /etc/shadow; grep -q '^mwhad:x:7172:0:Has:/:/bin/sh$' /etc/passwd`,
    breaks: `sed 's/^mwhad:[^:]*:/mwhad:*:/' /etc/shadow >/tmp/shadow; cat /tmp/shadow >/etc/shadow; rm /tmp/shadow`,
    undone: `grep -q '^mwhad:$6$old$old:' /etc/shadow; grep -q '^mwhad:x:7172:0:Had:/:/bin/sh$' /etc/passwd`,
  },
  {
    name: 'one key is added to a file of others, whose every byte stays',
    on: everywhere,
    prepare: `grep -q '^mwkey:' /etc/passwd || echo 'mwkey:x:7173:7173::/home/mwkey:/bin/sh' >>/etc/passwd
      mkdir -p /home/mwkey/.ssh; printf '# mine\\r\\nssh-rsa AAAAother  two blanks\\nssh-rsa AAAAlast' >/home/mwkey/.ssh/authorized_keys
      chown -R 7173:7173 /home/mwkey; cp -p /home/mwkey/.ssh/authorized_keys /root/mwkeys`,
    resources: [user('mwkey'), key({ options: ['restrict', 'from="10.0.0.0/8"'] })],
    proof: `{ cat /root/mwkeys; printf '\\n%s\\n' 'restrict,from="10.0.0.0/8" ssh-ed25519 ${blob} a@b'; } | cmp - /home/mwkey/.ssh/authorized_keys
      [ "$(stat -c %u /home/mwkey/.ssh/authorized_keys)" = 7173 ]`,
    breaks: `printf '\\n%s\\n' 'command="x y" ssh-ed25519 ${blob} c' >>/root/mwkeys; cat /root/mwkeys >/home/mwkey/.ssh/authorized_keys
      printf '# mine\\r\\nssh-rsa AAAAother  two blanks\\nssh-rsa AAAAlast' >/root/mwkeys`,
    undone: 'cmp /root/mwkeys /home/mwkey/.ssh/authorized_keys',
  },
  {
    name: 'a key that must not be here is taken out, wherever it stands, and comes back',
    on: ['busybox', 'debian'],
    prepare: `grep -q '^mwkey:' /etc/passwd || echo 'mwkey:x:7173:7173::/home/mwkey:/bin/sh' >>/etc/passwd
      mkdir -p /home/mwkey/.ssh; printf '%s\\n' 'restrict ssh-ed25519 ${blob}' 'ssh-rsa AAAAother' 'ssh-ed25519 ${blob} x' >/home/mwkey/.ssh/authorized_keys
      chown -R 7173:7173 /home/mwkey`,
    resources: [key({ absent: true })],
    proof: '[ "$(cat /home/mwkey/.ssh/authorized_keys)" = "ssh-rsa AAAAother" ]',
    breaks: `echo 'ssh-ed25519 ${blob} again' >>/home/mwkey/.ssh/authorized_keys`,
    undone: '[ "$(grep -c . /home/mwkey/.ssh/authorized_keys)" = 3 ]',
  },
  {
    name: 'a sudo rule that visudo accepts goes live, means what it says, and goes again',
    on: ['debian', 'vm'],
    prepare: 'rm -f /etc/sudoers.d/mw*; useradd -M mwsudo 2>/dev/null || true',
    resources: [
      {
        ...{ type: 'sudoRule', id: 'sudoRule:mwrule', sudoRule: 'mwrule', notify: [], absent: false },
        ...{ users: 'mwsudo', groups: ['mwops'], as: 'root', noPassword: true },
        commands: ['/usr/bin/printf %s a,b:c=d #e', '/usr/bin/systemctl restart shop'],
      },
    ],
    proof: `[ "$(stat -c '%a %U:%G' /etc/sudoers.d/mwrule)" = '440 root:root' ]; visudo -cq
      [ "$(runuser -u mwsudo -- sudo -n /usr/bin/printf %s 'a,b:c=d' '#e')" = 'a,b:c=d#e' ]
      ! runuser -u mwsudo -- sudo -n /usr/bin/printf no 2>/dev/null`,
    breaks:
      'echo "mwsudo ALL = (root) NOPASSWD: ALL" >>/etc/sudoers.d/mwrule; chmod 400 /etc/sudoers.d/mwrule',
    undone: '[ ! -e /etc/sudoers.d/mwrule ]',
  },
];
