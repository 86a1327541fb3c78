import { z } from 'zod';
import { absolutePath, duration, env, form, port, text } from '../common.js';
import { declare } from '../declare.js';

const zone = form(/^[A-Za-z0-9_+-]+(?:\/[A-Za-z0-9_+-]+)*$/, 'a time zone such as Europe/Berlin or UTC');
const sentence = form(/^[^\n]{1,200}$/, 'words on one line');
const parameter = form(
  /^[a-z0-9_]+(?:[./][A-Za-z0-9_.:@-]+)+$/,
  'a kernel parameter such as vm.swappiness or net/ipv4/conf/eth0.7/rp_filter',
);
const moduleName = form(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'a kernel module such as br_netfilter');
const fileName = form(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'a name of letters, digits and _.-');
const absent = z.boolean().default(false);

const waitsFor = ['tcp', 'path', 'run', 'for'] as const;

export const systemTypes = {
  timezone: declare({
    summary: 'The time zone of the machine, as a link to the tz database.',
    attributes: { timezone: zone.describe('Name in the tz database.') },
  }),
  sysctl: declare({
    summary:
      'A kernel parameter, now and at boot: the live value below /proc/sys and a file in /etc/sysctl.d.',
    attributes: {
      sysctl: parameter.describe('Name, with slashes where a part of it holds a dot.'),
      value: z
        .union([text, z.number()], { error: 'text or a number' })
        .transform(String)
        .describe('What the kernel is to say. Several values stand between blanks.'),
    },
  }),
  kernelModule: declare({
    summary: 'A kernel module, loaded now and at boot; or kept out.',
    attributes: {
      kernelModule: moduleName.describe('Name as modprobe knows it.'),
      absent: absent.describe('Unloaded, and kept from being loaded by a file in /etc/modprobe.d.'),
    },
  }),
  wait: declare({
    summary:
      'Waits until a port answers, a path exists, a program succeeds, or a while has passed. Changes nothing; a check looks once.',
    attributes: {
      wait: sentence.describe('What is waited for, in words.'),
      tcp: port.optional().describe('A port that must accept connections.'),
      host: form(/^[A-Za-z0-9][A-Za-z0-9.:-]*$/, 'a host name or address')
        .default('127.0.0.1')
        .describe('Where the port is.'),
      path: absolutePath.optional().describe('What must exist.'),
      run: text.optional().describe('Shell text that must exit 0, run as root, at most a minute each time.'),
      env: env.default({}).describe('Variables of `run`; may hold secrets.'),
      for: duration.optional().describe('A plain pause.'),
      within: duration.default(60_000).describe('How long it may take: 1m if left out.'),
    },
    kinds: { run: 'shell', env: 'late' },
    problems: (written) =>
      waitsFor.filter((name) => written[name] !== undefined).length === 1
        ? []
        : [{ message: 'A wait has exactly one of tcp, path, run and for.' }],
  }),
  assert: declare({
    summary:
      'Something that must be true before the steps after it run. Changes nothing; checks ask it as well.',
    attributes: {
      assert: sentence.describe('What must be true, in words.'),
      run: text.describe('Shell text that exits 0 where it is, run as root.'),
      env: env.default({}).describe('Variables of `run`; may hold secrets.'),
      message: text.optional().describe('What a failure says.'),
      within: duration.default(60_000).describe('How long `run` may take: 1m if left out.'),
    },
    kinds: { run: 'shell', env: 'late' },
  }),
  caCertificate: declare({
    summary: 'A certificate authority that the machine trusts, among the anchors of its distribution.',
    attributes: {
      caCertificate: fileName.describe('What its file is called, without an ending.'),
      content: text.optional().describe('PEM text of the certificate.'),
      source: text.optional().describe('Instead of `content`: a PEM file of the fleet.'),
      absent: absent.describe('Not trusted any more.'),
    },
    kinds: { source: 'source' },
    problems: ({ content, source, absent }) =>
      [content, source].filter((one) => one !== undefined).length === (absent ? 0 : 1)
        ? []
        : [{ message: 'A certificate has either content or source; one that is absent has neither.' }],
  }),
  locale: declare({
    summary: 'A locale, generated where it is missing, and LANG for all who log in.',
    attributes: {
      locale: form(
        /^[A-Za-z]+(?:_[A-Z]+)?\.UTF-8(?:@[a-z]+)?$/,
        'a UTF-8 locale such as de_DE.UTF-8',
      ).describe('Its name; others than UTF-8 are not supported.'),
      default: z
        .boolean()
        .default(true)
        .describe('false: it is only generated. One per machine can be LANG.'),
    },
  }),
  repository: declare({
    summary:
      'Where packages come from, beside what the distribution has. After a change, the next package fetches the index.',
    attributes: {
      repository: form(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'a name of letters, digits, _ and -').describe(
        'What its files are called; on apk also its key, which must be named as the signature says.',
      ),
      uri: form(/^(?:[a-z+]+:\S+|\$\{\{.*)$/, 'a URI such as https://packages.example/debian')
        .optional()
        .describe('Its address: of apt and apk the base, of dnf the baseurl.'),
      suites: z.array(text).default([]).describe('apt only: suites; ./ for a flat repository.'),
      components: z.array(text).default([]).describe('apt only: components.'),
      key: text.optional().describe('The public key that signs it: armored; for apk PEM.'),
      source: text.optional().describe('Instead of `key`: a file of the fleet.'),
      trusted: z
        .boolean()
        .default(false)
        .describe('true: what no key signs is installed as well (apt, dnf).'),
      absent: absent.describe('Not declared any more.'),
    },
    kinds: { source: 'source' },
    problems: ({ uri, key, source, absent }) => [
      ...(uri === undefined && !absent
        ? [{ message: 'A repository needs a uri.', remedy: 'Add uri, or absent: true.' }]
        : []),
      ...(key !== undefined && source !== undefined
        ? [{ attribute: 'source', message: '"key" and "source" both say its key.', remedy: 'Keep one.' }]
        : []),
    ],
  }),
  upgrade: declare({
    summary:
      'All packages at the newest versions that the repositories have; nothing is removed, nothing goes back.',
    attributes: {
      upgrade: z
        .literal('all', { error: 'all, the only thing that can be upgraded' })
        .describe('all: there is nothing else to say.'),
      refresh: duration
        .default(3_600_000)
        .describe('The index is fetched anew if it is older: 1h if left out.'),
    },
  }),
  reboot: declare({
    summary:
      'Reboots where something asks for it, once per step and change. A new boot id proves it, and the run goes on by itself.',
    attributes: {
      reboot: sentence.describe('What for, in words.'),
      ifFileExists: absolutePath
        .default('/run/reboot-required')
        .describe('The file that asks for it; it must be gone after the boot.'),
      always: z.boolean().default(false).describe('In every change, whether anything asks for it or not.'),
      within: duration
        .default(600_000)
        .describe('How long the machine may take to be back: 10m if left out.'),
    },
  }),
};
