import type { Step } from '../model/index.js';
import { factKey, flag, makeStep } from './step.js';
import { assertName, assertNoNul } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedRepository extends ResolvedCommon {
  readonly type: 'repository';
  /** What its files are called. */
  readonly repository: string;
  readonly uri?: string;
  /** apt only; `./` for a flat repository. */
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Public key that signs it, as text: armored, or for apk PEM. */
  readonly key?: string;
  /** The same from a file of the fleet. */
  readonly content?: string;
  readonly trusted: boolean;
  readonly absent: boolean;
}

/** facts: the files of all package managers. apply: those of the one that is here. undo: as they were. */
export function compileRepository(resource: ResolvedRepository): Step {
  const { id, repository: name, uri = '', suites, components, trusted, absent } = resource;
  assertName(name, /^[A-Za-z0-9][A-Za-z0-9_-]*$/, id);
  for (const word of [...suites, ...components]) assertName(word, /^[A-Za-z0-9./][A-Za-z0-9_./+-]*$/, id);
  if (!absent) assertName(uri, /^[a-z+]+:[^\s\u0000-\u001f\u007f]+$/, id);
  const given = resource.key ?? resource.content;
  assertNoNul(given, id);
  const key = given === undefined ? '' : `${given.trim()}\n`;
  const paths = pathsOf(name);
  return makeStep({
    ...{ resource, undo: 'exact' },
    facts: Object.values(paths).map((path) => ({ kind: 'whole', key: path })),
    variables: {
      ...Object.fromEntries(
        Object.entries(paths).flatMap(([what, path]) => [
          [`repository_${what}`, path],
          [`repository_${what}_key`, factKey('whole', path)],
        ]),
      ),
      repository_uri: uri,
      repository_suites: suites.join(' '),
      repository_apt_text: absent ? '' : aptText(resource, key === '' ? undefined : paths.apt_signer),
      repository_dnf_text: absent ? '' : dnfText(resource, key === '' ? undefined : paths.dnf_signer),
      repository_signer: absent ? '' : key,
      repository_absent: flag(absent),
    },
    intent: absent ? { name, absent } : { name, uri, suites, components, key, trusted, absent },
  });
}

const pathsOf = (name: string) => ({
  apt: `/etc/apt/sources.list.d/${name}.sources`,
  apt_signer: `/etc/apt/keyrings/${name}.asc`,
  dnf: `/etc/yum.repos.d/${name}.repo`,
  dnf_signer: `/etc/pki/rpm-gpg/RPM-GPG-KEY-${name}`,
  apk: '/etc/apk/repositories',
  apk_signer: `/etc/apk/keys/${name}.rsa.pub`,
});

const lines = (...texts: readonly (string | false)[]): string =>
  texts.flatMap((text) => (text === false ? [] : [`${text}\n`])).join('');

const aptText = ({ uri, suites, components, trusted }: ResolvedRepository, signer?: string): string =>
  lines(
    'Types: deb',
    `URIs: ${uri}`,
    `Suites: ${suites.join(' ')}`,
    components.length > 0 && `Components: ${components.join(' ')}`,
    signer !== undefined && `Signed-By: ${signer}`,
    trusted && 'Trusted: yes',
  );

const dnfText = ({ repository, uri, trusted }: ResolvedRepository, signer?: string): string =>
  lines(
    `[${repository}]`,
    `name=${repository}`,
    `baseurl=${uri}`,
    'enabled=1',
    `gpgcheck=${trusted ? 0 : 1}`,
    signer !== undefined && `gpgkey=file://${signer}`,
  );
