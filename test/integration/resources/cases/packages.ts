import type { Resource } from '../../../../src/resources/index.js';
import { aptPackage } from '../../runner/resources.js';
import type { LifeCase } from '../case.js';

/** Shell text: `make NAME VERSION` puts a package into a repository in a folder, so that nothing is fetched. */
const repository = `mkdir -p /srv/mw-packages
  make() {
    rm -rf /srv/mw-build; mkdir -p /srv/mw-build/DEBIAN
    printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: test <test@example>\\nDescription: test\\n' "$1" "$2" \\
      >/srv/mw-build/DEBIAN/control
    deb=$1_$2_all.deb
    (cd /srv/mw-packages && dpkg-deb --root-owner-group -b /srv/mw-build $deb >/dev/null
      { dpkg-deb -f $deb; echo "Filename: ./$deb"; echo "Size: $(stat -c %s $deb)"
        echo "SHA256: $(sha256sum $deb | cut -c1-64)"; echo; } >>Packages)
  }
  rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*`;
const declared = `echo 'deb [trusted=yes] file:/srv/mw-packages ./' >/etc/apt/sources.list; apt-get -qq update`;
const version = (name: string): string => `"$(dpkg-query -W -f '\${db:Status-Abbrev}\${Version}' ${name})"`;

const local: Resource = {
  ...{ type: 'repository', id: 'repository:local', repository: 'local', uri: 'file:/srv/mw-packages' },
  ...{ suites: ['./'], components: [], trusted: true, absent: false, notify: [] },
};

export const cases: LifeCase[] = [
  {
    name: 'a repository is declared and a package comes from it; both go again',
    on: ['vm'],
    prepare: `${repository}; make mw-new 1.0-1`,
    resources: [local, aptPackage('mw-new')],
    proof: `grep -q mw-packages /etc/apt/sources.list.d/*; [ ${version('mw-new')} = 'ii 1.0-1' ]`,
    breaks: 'dpkg -r mw-new >/dev/null; rm /etc/apt/sources.list.d/*',
    undone: `[ -z "$(ls /etc/apt/sources.list.d)" ]; ! dpkg-query -W -f '\${db:Status-Abbrev}' mw-new | grep -q ii`,
  },
  {
    name: 'what is pending is upgraded, and stays',
    on: ['vm'],
    prepare: `${repository}; make mw-old 1.0-1; ${declared}; apt-get -qq install mw-old >/dev/null; make mw-old 2.0-1; apt-get -qq update`,
    resources: [{ type: 'upgrade', id: 'upgrade:all', upgrade: 'all', refresh: 3_600_000, notify: [] }],
    proof: `[ ${version('mw-old')} = 'ii 2.0-1' ]`,
    breaks: `apt-get -qq install --allow-downgrades mw-old=1.0-1 >/dev/null`,
  },
];
