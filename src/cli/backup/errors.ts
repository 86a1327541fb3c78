import { MillwrightError } from '../../model/index.js';

const mistake = (code: `MW-BACKUP-${string}`, message: string, remedy: string, cause?: unknown) =>
  new MillwrightError({ code, cause: 'change', message, remedy }, false, { cause });

export const exists = (file: string) =>
  mistake(
    'MW-BACKUP-EXISTS',
    `${file} is there already.`,
    'Name another file, or say --force to replace it.',
  );

export const unwritable = (file: string, cause: unknown) =>
  mistake(
    'MW-BACKUP-UNWRITABLE',
    `${file} can't be written: ${messageOf(cause)}.`,
    'Name a file in a directory that is there and writable.',
    cause,
  );

export const unreadable = (file: string, cause: unknown) =>
  mistake(
    'MW-BACKUP-UNREADABLE',
    `${file} can't be read: ${messageOf(cause)}.`,
    'Check its name and who may read it.',
    cause,
  );

export const wrongKey = (file: string) =>
  mistake(
    'MW-BACKUP-KEY',
    `${file} is not for this key or passphrase. Nothing was restored.`,
    'Take the private key of one of the recipients it was made --to, or the passphrase it was made with.',
  );

export const noBackup = (file: string, why: string) =>
  mistake(
    'MW-BACKUP-FORMAT',
    `${file} is no backup: ${why}. Nothing was restored.`,
    'Name a file that `millwright backup` wrote.',
  );

export const damaged = (file: string, why: string) =>
  mistake(
    'MW-BACKUP-DAMAGED',
    `${file} is cut off or damaged: ${why}. Nothing was restored.`,
    'Copy it again from where it was made, or take an older one.',
  );

export const newer = (file: string, format: number, version: string, known: number) =>
  mistake(
    'MW-BACKUP-NEWER',
    `${file} has format ${format}, written by Millwright ${version}; this one reads up to ${known}. Nothing was restored.`,
    `Restore it with Millwright ${version} or later.`,
  );

export const otherFleet = (file: string, here: string, inside: readonly string[]) =>
  mistake(
    'MW-BACKUP-FLEET',
    `${file} has nothing of ${here}; it holds ${inside.join(', ') || 'no machines'}. Nothing was restored.`,
    'Take a backup of this fleet, or run restore outside of a fleet to restore all that it holds.',
  );

export const otherSite = (file: string, theirs: string, here: string) =>
  mistake(
    'MW-BACKUP-SITE',
    `${file} holds the keys of site ${theirs}, and this host is site ${here}. Nothing was restored.`,
    "Each site's host has keys of its own: take the backup that was made here.",
  );

export const otherKeys = (dir: string, names: readonly string[]) =>
  mistake(
    'MW-BACKUP-KEYS',
    `The keystore ${dir} has other keys than the backup: ${names.join(', ')}. Nothing was restored.`,
    'If the machines were made with those of the backup: --force, which keeps the present ones aside.',
  );

const messageOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message ?? String(error);
};
