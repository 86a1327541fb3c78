import { type Draft, problemAt, type Rule } from '../draft.js';
import type { ManifestGroup, ManifestImage, Problem } from '../types.js';
import { canonical } from './files.js';

const MIN_MIB = { memory: 64, disk: 64 };
const taken = ['/', '/boot', '/dev', '/etc', '/proc', '/run', '/sys', '/tmp', '/usr', '/var/lib/millwright'];

/** An image that is fetched or found has the checksum by which we know it. */
export const imagesHaveOneChecksum: Rule = (draft) =>
  Object.entries(draft.manifest.images).flatMap(([name, image]) => checksum(draft, `images.${name}`, image));

function checksum(draft: Draft, path: string, image: ManifestImage): Problem[] {
  if ('build' in image) return [];
  const given = [image.sha256, image.sha512].filter((sum) => sum !== undefined).length;
  if (given === 1) return [];
  if (given === 2)
    return [problemAt(draft, `${path}.sha512`, '"sha256" and "sha512" both say what it is.', 'Keep one.')];
  return [
    problemAt(
      draft,
      path,
      'Nothing says what the image must hold.',
      'Write sha256 or sha512, as its distributor publishes it.',
    ),
  ];
}

/** Machines and disks have a size that something can run on. */
export const sizesAreUsable: Rule = (draft) =>
  Object.entries(draft.manifest.groups).flatMap(([name, group]) => {
    if (group.size.cpus === 0) return [];
    const path = `groups.${name}`;
    return [
      ...tooSmall(draft, `${path}.size.memory`, group.size.memoryMiB, MIN_MIB.memory),
      ...tooSmall(draft, `${path}.size.disk`, group.size.diskMiB, MIN_MIB.disk),
      ...Object.entries(group.disks).flatMap(([disk, { sizeMiB }]) =>
        tooSmall(draft, `${path}.disks.${disk}.size`, sizeMiB, MIN_MIB.disk),
      ),
    ];
  });

function tooSmall(draft: Draft, path: string, mib: number, least: number): Problem[] {
  return mib >= least ? [] : [problemAt(draft, path, `${mib} MiB is too small: at least ${least}MiB.`)];
}

/** Disks are mounted at places of their own. */
export const mountsAreUnique: Rule = (draft) =>
  Object.entries(draft.manifest.groups).flatMap(([name, group]) => mounts(draft, name, group));

function mounts(draft: Draft, name: string, group: ManifestGroup): Problem[] {
  const seen = new Map<string, string>();
  return Object.entries(group.disks).flatMap(([disk, { mount }]): Problem[] => {
    const path = `groups.${name}.disks.${disk}.mount`;
    const earlier = seen.get(canonical(mount));
    seen.set(canonical(mount), disk);
    if (earlier)
      return [
        problemAt(draft, path, `${mount} is the mount of disk "${earlier}" too.`, 'Mount one elsewhere.'),
      ];
    if (taken.includes(canonical(mount)))
      return [problemAt(draft, path, `${mount} belongs to the system.`, 'Mount it below, or elsewhere.')];
    if (/[\s\\:]/.test(mount))
      return [problemAt(draft, path, `${JSON.stringify(mount)} has a space, backslash or colon.`)];
    return mount === canonical(mount)
      ? []
      : [
          problemAt(
            draft,
            path,
            `"${mount}" is not the shortest way to write this path.`,
            `Write "${canonical(mount)}".`,
          ),
        ];
  });
}

/** A port is published once. */
export const portsArePublishedOnce: Rule = (draft) =>
  Object.entries(draft.manifest.groups).flatMap(([name, { publish }]) =>
    publish.flatMap((port, index): Problem[] => {
      const first = publish.indexOf(port);
      return first === index
        ? []
        : [
            problemAt(
              draft,
              `groups.${name}.publish[${index}]`,
              `Port ${port} is published twice.`,
              'Remove one.',
            ),
          ];
    }),
  );
