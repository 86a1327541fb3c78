import { z } from 'zod';
import { absolutePath, form, size } from '../common.js';
import { declare } from '../declare.js';

const absent = z.boolean().default(false);
const device = form(
  /^[^\s#][^\s]*$/,
  'a device as fstab(5) names it, such as /dev/vdb, UUID=… or host:/export',
);
const word = form(/^[A-Za-z0-9_.][A-Za-z0-9_.:=/@%+-]*$|\$\{\{/, 'a mount option such as noatime');

export const storageTypes = {
  filesystem: declare({
    summary:
      'A file system on a block device, made only where nothing is; anything else on it is refused by name.',
    attributes: {
      filesystem: absolutePath.describe('Path of the block device.'),
      fstype: z
        .enum(['ext4', 'ext3', 'ext2', 'xfs', 'btrfs', 'vfat'])
        .default('ext4')
        .describe('What mkfs makes; its program must be on the machine.'),
      label: form(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,10}$/, 'a label of at most 11 letters, digits and _.-')
        .optional()
        .describe('Given when it is made; an existing one stays.'),
    },
  }),
  mount: declare({
    summary: 'Something mounted, now and at boot: an entry of /etc/fstab, and what it says done.',
    attributes: {
      mount: absolutePath.describe('Where; the folder is made if it is missing.'),
      device: device.optional().describe('What: a device, UUID=…, LABEL=…, host:/path, tmpfs.'),
      fstype: form(/^[a-z0-9][a-z0-9._-]*$/, 'a type of file system such as ext4')
        .default('auto')
        .describe('What is on the device; auto: whatever the kernel finds.'),
      options: z
        .array(word)
        .min(1)
        .optional()
        .describe('Undefined: defaults and nofail. Without nofail they are refused.'),
      nofail: z
        .boolean()
        .default(true)
        .describe('false: a machine that lacks the device may fail to boot, and that is wanted.'),
      absent: absent.describe('Unmounted, and not in /etc/fstab.'),
    },
    problems: ({ device, options, nofail, absent }) => [
      ...(device === undefined && !absent
        ? [{ message: 'A mount needs a device.', remedy: 'Add device: /dev/…, or absent: true.' }]
        : []),
      ...(nofail && options !== undefined && !options.includes('nofail')
        ? [
            {
              attribute: 'options',
              message: 'Without nofail, a machine whose device is missing does not boot.',
              remedy: 'Add nofail to the options, or say nofail: false.',
            },
          ]
        : []),
    ],
  }),
  swap: declare({
    summary: 'Swap space, now and at boot: a file of a size, or a block device on which nothing is.',
    attributes: {
      swap: form(/^(?:\/[A-Za-z0-9_@:+-][A-Za-z0-9_.@:+-]*)+$/, 'an absolute path without blanks').describe(
        'Path of the file or block device.',
      ),
      size: size.optional().describe('Of the file; without it, the path is a block device.'),
      absent: absent.describe('Not used; a swap file is removed.'),
    },
  }),
};
