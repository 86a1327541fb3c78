import type { ResolvedFirewall } from '../../../../src/resources/firewall.js';
import type { LifeCase } from '../case.js';

const web: ResolvedFirewall = {
  ...{ type: 'firewall', id: 'firewall:input', firewall: 'input', policy: 'drop', sshPort: 22, notify: [] },
  ...{ allow: [{ protocol: 'tcp', port: 80 }], absent: false },
};
/** What a neighbour on a wire to us gets from a port. */
const ask = (url: string): string => `ip netns exec mwnext curl -s -m 3 ${url}`;

export const cases: LifeCase[] = [
  {
    name: 'a firewall lets in what it allows and us, holds off the rest, and touches no other table',
    on: ['vm'],
    prepare: `mkdir -p /srv/mw-www /run/netns; echo page >/srv/mw-www/page
      ip netns del mwnext 2>/dev/null || true; ip netns add mwnext; ip link add mwwire type veth peer name mwwire netns mwnext
      ip addr add 10.9.9.1/24 dev mwwire; ip link set mwwire up
      ip -n mwnext addr add 10.9.9.2/24 dev mwwire; ip -n mwnext link set mwwire up
      for port in 80 81; do
        setsid python3 -m http.server -d /srv/mw-www $port </dev/null >/dev/null 2>&1 &
        until ${ask('http://10.9.9.1:$port/page')} | grep -q page; do sleep 0.5; done
      done
      nft add table inet other; nft add chain inet other input; nft list table inet other >/root/mw-other`,
    resources: [web],
    proof: `${ask('http://10.9.9.1/page')} | grep -q page; [ -z "$(${ask('http://10.9.9.1:81/page')})" ]
      ${ask('telnet://10.9.9.1:22 </dev/null')} | grep -q SSH; nft list table inet other | cmp - /root/mw-other
      systemctl --quiet is-enabled millwright-firewall`,
    breaks: 'nft add rule inet millwright input tcp dport 81 accept',
    undone: `${ask('http://10.9.9.1:81/page')} | grep -q page; [ ! -e /etc/millwright/firewall.nft ]
      [ -z "$(nft list tables | grep millwright)" ]; nft list table inet other | cmp - /root/mw-other
      ip netns del mwnext; nft delete table inet other`,
  },
];
