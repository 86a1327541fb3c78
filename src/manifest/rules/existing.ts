import { type Draft, declared, isWritten, problemAt, type Rule, writtenAt } from '../draft.js';
import { publicKeyProblem } from '../schema/types/publicKey.js';
import { didYouMean } from '../suggest.js';
import type { ManifestGroup, Problem } from '../types.js';
import { isCounted } from './names.js';

/** What only a machine has that its site makes. */
const ofMadeMachines = ['count', 'image', 'size', 'disks', 'addresses', 'publish'] as const;

const example = 'machines: {gate: {host: 192.0.2.10, hostKey: "ssh-ed25519 AAAA…"}}';

/** Machines of a static site exist already and have names; those of others are made and counted. */
export const existingMachinesAreNamed: Rule = (draft) =>
  Object.entries(draft.manifest.groups).flatMap(([name, group]): Problem[] => {
    const provider = Object.hasOwn(draft.manifest.sites, group.site)
      ? draft.manifest.sites[group.site]?.provider
      : undefined;
    const path = `groups.${name}`;
    if (provider === 'static' && !group.machines && draft.isSound(`${path}.machines`)) {
      const message = `Machines of site "${group.site}" exist already: they are named, not counted.`;
      return [problemAt(draft, path, message, `Write ${example}.`)];
    }
    if (group.machines && provider !== undefined && provider !== 'static') {
      const message = `Site "${group.site}" makes its machines (${provider}): they are counted, not named.`;
      const remedy = 'Write "count", or name a site with provider: static.';
      return [problemAt(draft, `${path}.machines`, message, remedy)];
    }
    return group.machines ? foreignKeys(draft, path, group) : strayConnect(draft, path);
  });

function foreignKeys(draft: Draft, path: string, { rollback }: ManifestGroup): Problem[] {
  const written = ofMadeMachines.filter((key) => isWritten(draft, `${path}.${key}`));
  const rungs = rollback.flatMap((rung, i) => (rung === 'restore' ? [] : [{ rung, i }]));
  return [
    ...written.map((key) =>
      problemAt(
        draft,
        `${path}.${key}`,
        `"${key}" is for machines that their site makes; these exist already.`,
        'Remove it.',
      ),
    ),
    ...rungs.map(({ rung, i }) =>
      problemAt(
        draft,
        `${path}.rollback[${i}]`,
        `"${rung}" is no way back for machines that exist already.`,
        'Remove it: "restore" takes back what a change did.',
      ),
    ),
  ];
}

const strayConnect = (draft: Draft, path: string): Problem[] =>
  isWritten(draft, `${path}.connect`)
    ? [
        problemAt(
          draft,
          `${path}.connect`,
          '"connect" is for machines that exist already; the site knows how to reach those it makes.',
          'Remove it.',
        ),
      ]
    : [];

/** Only a static site is reached as somebody says. */
export const sitesAreReached: Rule = (draft) =>
  Object.entries(draft.manifest.sites).flatMap(([name, { provider }]) =>
    provider === 'static' ? [] : strayConnect(draft, `sites.${name}`),
  );

/** Who answers is proved by a key that somebody wrote down, never by being the first to answer. */
export const hostKeysAreGiven: Rule = (draft) =>
  everyMachine(draft).flatMap(({ path, machine: { host, port, hostKey } }): Problem[] => {
    if (hostKey === 'known_hosts' || !draft.isSound(`${path}.hostKey`)) return [];
    const scan = `ssh-keyscan -t ed25519${port === undefined ? '' : ` -p ${port}`} ${host}`;
    const remedy = `Write hostKey: "ssh-ed25519 AAAA…" (\`${scan}\` shows what answers: compare it with what the machine itself says), or hostKey: known_hosts.`;
    if (hostKey === '')
      return [problemAt(draft, path, 'Nothing says which host key this machine has.', remedy)];
    const why = publicKeyProblem(hostKey);
    return why === undefined ? [] : [problemAt(draft, `${path}.hostKey`, why, remedy)];
  });

/** A name stands for one machine. */
export const existingNamesAreUnique: Rule = (draft) => {
  const seen = new Map<string, string>();
  return everyMachine(draft).flatMap(({ path, name, group }): Problem[] => {
    const earlier = seen.get(name);
    seen.set(name, group);
    if (earlier !== undefined)
      return [problemAt(draft, path, `"${name}" is a machine of group "${earlier}" too.`, 'Rename one.')];
    if (!isCounted(draft, name)) return [];
    return [problemAt(draft, path, `"${name}" is a machine of a group that counts its own.`, 'Rename it.')];
  });
};

/** A password is the name of a secret, wherever it is written. */
export const passwordsAreSecrets: Rule = (draft) => {
  const secrets = declared(draft, 'secrets');
  const places = [
    ...Object.keys(draft.manifest.sites).map((name) => `sites.${name}`),
    ...Object.keys(draft.manifest.groups).map((name) => `groups.${name}`),
    ...everyMachine(draft).map(({ path }) => path),
  ];
  return places.flatMap((place): Problem[] => {
    const path = `${place}.connect.password`;
    const name = writtenText(draft, path);
    if (name === undefined || secrets.includes(name)) return [];
    const remedy =
      didYouMean(name, secrets, 'Declared') ??
      'Declare it under "secrets": the manifest holds a reference, never a password.';
    return [problemAt(draft, path, `There is no secret "${name}".`, remedy)];
  });
};

function writtenText(draft: Draft, path: string): string | undefined {
  const node = writtenAt(draft, path);
  return node?.kind === 'scalar' && typeof node.value === 'string' && draft.isSound(path)
    ? node.value
    : undefined;
}

const everyMachine = ({ manifest }: Draft) =>
  Object.entries(manifest.groups).flatMap(([group, { machines = {} }]) =>
    Object.entries(machines).map(([name, machine]) => ({
      ...{ group, name, machine },
      path: `groups.${group}.machines.${name}`,
    })),
  );
