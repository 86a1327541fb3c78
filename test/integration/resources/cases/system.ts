import { hosts } from '../../runner/resources.js';
import type { LifeCase } from '../case.js';

const text = (path: string, content: string) => `[ "$(cat ${path})" = "${content}" ]`;

/** Made for this test; nobody holds its key. */
const pem = `-----BEGIN CERTIFICATE-----
MIIBnzCCAUWgAwIBAgIUJejDGo9dK+j8ZEzvdgqgy4j0P90wCgYIKoZIzj0EAwIw
JDEiMCAGA1UEAwwZTWlsbHdyaWdodCB0ZXN0IGF1dGhvcml0eTAgFw0yNjExMjEx
NzMwMDRaGA8yMTI2MTAyODE3MzAwNFowJDEiMCAGA1UEAwwZTWlsbHdyaWdodCB0
ZXN0IGF1dGhvcml0eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABD1uxpjh3NtD
JqbqlKksBmDkP73ol+sYuDgdwYG1B11UwIxmL3D2KWs00ZBOAe2o5mHGfW4Wfhy1
pQ16M9qGPw6jUzBRMB0GA1UdDgQWBBRAf7DGA6Ftcxm9haGXVPLQL5u5TjAfBgNV
HSMEGDAWgBRAf7DGA6Ftcxm9haGXVPLQL5u5TjAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0gAMEUCIBOE0T3rOfPuyNfzO3zVZgan19VKAX5uHzojiANaupgx
AiEAotIsi5ZY8Goq35IPik8ESgIqXXegAkgWgb0SpoypXcY=
-----END CERTIFICATE-----
`;

/** In a box, whose kernel is our host's, what would load modules keeps a list. */
const modprobe = `[ -d /sys/kernel ] || {
  cat >/usr/local/sbin/modprobe <<'END'
#!/bin/sh
case $1 in
  -r) rm -rf "/sys/module/$2"; exit ;;
  -i) shift ;;
  *) ! grep -qs "^install $1 " /etc/modprobe.d/* || exit 1 ;;
esac
mkdir -p "/sys/module/$1"; echo live >"/sys/module/$1/initstate"
END
  chmod 755 /usr/local/sbin/modprobe
}`;

export const cases: LifeCase[] = [
  {
    name: 'a kernel parameter has its value now and at boot, and gets its old one back',
    on: ['busybox', 'debian', 'vm'],
    prepare: 'echo 1000 >/proc/sys/kernel/msgmni',
    resources: [{ type: 'sysctl', id: 'sysctl:msgmni', sysctl: 'kernel.msgmni', value: '1234', notify: [] }],
    proof: `${text('/proc/sys/kernel/msgmni', '1234')}
      ${text('/etc/sysctl.d/zz-millwright-kernel.msgmni.conf', 'kernel.msgmni = 1234')}`,
    breaks: 'echo 999 >/proc/sys/kernel/msgmni',
    undone: `${text('/proc/sys/kernel/msgmni', '1000')}
      [ ! -e /etc/sysctl.d/zz-millwright-kernel.msgmni.conf ]`,
  },
  {
    name: 'a kernel parameter of several values is compared value by value, and its file is mended',
    on: ['debian'],
    prepare: `printf '250 32000 32 128\\n' >/proc/sys/kernel/sem`,
    resources: [
      { type: 'sysctl', id: 'sysctl:sem', sysctl: 'kernel.sem', value: '250  32000 100 128', notify: [] },
    ],
    proof: `[ "$(tr '\\t' ' ' </proc/sys/kernel/sem)" = '250 32000 100 128' ]
      grep -q '^kernel.sem = 250 32000 100 128$' /etc/sysctl.d/zz-millwright-kernel.sem.conf`,
    breaks: 'echo >/etc/sysctl.d/zz-millwright-kernel.sem.conf',
    undone: `[ "$(tr '\\t' ' ' </proc/sys/kernel/sem)" = '250 32000 32 128' ]`,
  },
  {
    name: 'a kernel module is loaded, now and at boot',
    on: ['debian', 'vm'],
    prepare: `${modprobe}; modprobe -r dummy`,
    resources: [
      {
        ...{ type: 'kernelModule', id: 'kernelModule:dummy', kernelModule: 'dummy' },
        ...{ absent: false, notify: [] },
      },
    ],
    proof: '[ -d /sys/module/dummy ]; grep -qx dummy /etc/modules-load.d/millwright-dummy.conf',
    breaks: 'modprobe -r dummy',
    undone: '[ ! -d /sys/module/dummy ]; [ ! -e /etc/modules-load.d/millwright-dummy.conf ]',
  },
  {
    name: 'a kernel module is kept out',
    on: ['debian', 'vm'],
    prepare: `${modprobe}; modprobe ifb`,
    resources: [
      {
        ...{ type: 'kernelModule', id: 'kernelModule:ifb', kernelModule: 'ifb' },
        ...{ absent: true, notify: [] },
      },
    ],
    proof: '[ ! -d /sys/module/ifb ]; ! modprobe ifb 2>/dev/null',
    breaks: 'modprobe -i ifb',
    undone: '[ -d /sys/module/ifb ]; modprobe -r ifb; modprobe ifb; modprobe -r ifb',
  },
  {
    name: 'machines of the fleet have names, and every other line stays',
    on: ['busybox', 'debian', 'vm'],
    prepare: 'cp /etc/hosts /root/mw-hosts',
    resources: [hosts([{ address: '10.1.2.3', names: ['mw-web', 'mw-web.example'] }])],
    proof: `grep -q '^10.1.2.3 *mw-web mw-web.example$' /etc/hosts; head -n "$(wc -l </root/mw-hosts)" /etc/hosts | cmp - /root/mw-hosts`,
    breaks: 'sed s/10.1.2.3/10.1.2.4/ /etc/hosts >/tmp/mw-hosts; cat /tmp/mw-hosts >/etc/hosts',
    undone: 'cmp /etc/hosts /root/mw-hosts',
  },
  {
    name: 'a certificate authority is trusted, and then not any more',
    on: ['debian', 'vm'],
    // Few others are trusted: an emulated machine takes a minute and more to go through all that Debian trusts.
    prepare:
      "sed -i '16,$s/^mozilla/!mozilla/' /etc/ca-certificates.conf; update-ca-certificates >/dev/null 2>&1",
    resources: [
      {
        ...{ type: 'caCertificate', id: 'caCertificate:mw-test', caCertificate: 'mw-test' },
        ...{ content: pem, absent: false, notify: [] },
      },
    ],
    proof: `openssl verify -CApath /etc/ssl/certs /usr/local/share/ca-certificates/mw-test.crt
      tail -n 3 /usr/local/share/ca-certificates/mw-test.crt | head -n 1 >/tmp/mw-ca-line
      grep -qxF -f /tmp/mw-ca-line /etc/ssl/certs/ca-certificates.crt
      [ -r /etc/ssl/certs/mw-test.pem ]`,
    breaks: 'rm /usr/local/share/ca-certificates/mw-test.crt; update-ca-certificates >/dev/null 2>&1',
    undone: `[ ! -e /usr/local/share/ca-certificates/mw-test.crt ]
      [ -z "$(grep -xF -f /tmp/mw-ca-line /etc/ssl/certs/ca-certificates.crt)" ]`,
  },
  {
    name: 'a locale is generated and becomes LANG; what else is set stays',
    on: ['debian', 'vm'],
    prepare: `printf '# de_DE.UTF-8 UTF-8\n# et_EE.UTF-8 UTF-8\n' >/etc/locale.gen
      locale-gen >/dev/null; printf 'LANG=C.UTF-8\nLC_TIME=C\n' >/etc/default/locale`,
    resources: [{ type: 'locale', id: 'locale:et', locale: 'et_EE.UTF-8', default: true, notify: [] }],
    proof: `locale -a | grep -qx et_EE.utf8; [ "$(tr '\\n' ' ' </etc/default/locale)" = 'LANG=et_EE.UTF-8 LC_TIME=C ' ]`,
    breaks: 'printf "# et_EE.UTF-8 UTF-8\\n" >/etc/locale.gen; locale-gen >/dev/null',
    undone: `[ -z "$(locale -a | grep et_EE)" ]; grep -qx LANG=C.UTF-8 /etc/default/locale
      grep -qx '# et_EE.UTF-8 UTF-8' /etc/locale.gen`,
  },
];
