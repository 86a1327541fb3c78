import { z } from 'zod';
import { env, form, object, oneOrMore, text, whole } from '../common.js';
import { type AttributeProblem, declare } from '../declare.js';
import { scheduleProblem } from './cronSchedule.js';

const absent = (what: string) => z.boolean().default(false).describe(what);
const runAs = form(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'the name of a user')
  .default('root')
  .describe('User that it runs as.');
const expression = '${{';

/** What is there says all of these; what is absent none. */
function lacking(gone: boolean, attributes: Readonly<Record<string, unknown>>): readonly AttributeProblem[] {
  return Object.entries(attributes).flatMap(([attribute, value]) => {
    if (gone && value !== undefined)
      return [{ attribute, message: `"${attribute}" contradicts "absent: true".`, remedy: 'Remove one.' }];
    if (gone || value !== undefined) return [];
    return [{ message: `Nothing says "${attribute}".`, remedy: `Write "${attribute}", or absent: true.` }];
  });
}

const unit = declare({
  summary: 'A unit file of systemd, or a drop-in of one; systemd reads it at once. A service starts it.',
  attributes: {
    unit: form(
      /^[A-Za-z0-9_][A-Za-z0-9_.@:\\-]{0,200}\.(?:service|socket|timer|path|mount|automount|target|slice|swap)$/,
      'the whole name of a unit, such as shop.service',
    ).describe('Whole name of the unit; the file is /etc/systemd/system/NAME.'),
    dropin: form(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,100}$/, 'a name of letters, digits, _ and -, without .conf')
      .optional()
      .describe('Name of a drop-in, NAME.d/DROPIN.conf, instead of the unit file itself.'),
    content: z.string().optional().describe('Whole content; may hold late values.'),
    template: text.optional().describe('File of the fleet, rendered; may hold late values.'),
    source: text.optional().describe('File of the fleet, taken as it is.'),
    absent: absent('Removed.'),
  },
  kinds: { content: 'late', template: 'template', source: 'source' },
  key: ({ unit: name, dropin }) => (dropin === undefined ? name : `${name}/${dropin}`),
  problems: ({ content, template, source, absent: gone }) => {
    const given = Object.entries({ content, template, source }).filter(([, value]) => value !== undefined);
    const [first, second] = given.map(([name]) => name);
    if (gone) return lacking(true, Object.fromEntries(given));
    if (first === undefined)
      return [
        {
          message: 'Nothing says what it holds.',
          remedy: 'Write content, template or source; or absent: true.',
        },
      ];
    if (second === undefined) return [];
    return [
      {
        attribute: second,
        message: `"${first}" and "${second}" both give the content.`,
        remedy: 'Keep one.',
      },
    ];
  },
});

const timer = declare({
  summary: 'A timer of systemd and the service that it starts; enabled and started.',
  attributes: {
    timer: form(/^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,100}$/, 'a name such as shop-backup').describe(
      'Name of both units, NAME.timer and NAME.service.',
    ),
    run: text.optional().describe('Shell; expressions are refused.'),
    as: runAs,
    onCalendar: oneOrMore(
      form(/^(?:[A-Za-z0-9 *:,.~/_+-]+|.*\$\{\{.*)$/, 'a time such as daily or Mon *-*-* 04:00:00'),
      'a time such as daily, or a list of these',
    )
      .optional()
      .describe('When, as systemd.time(7) writes it; one or a list.'),
    persistent: z
      .boolean()
      .default(true)
      .describe('A time that passed while the machine was off is made up for.'),
    absent: absent('Stopped, disabled and removed.'),
  },
  kinds: { run: 'shell' },
  problems: ({ run, onCalendar, absent: gone }) => lacking(gone, { run, onCalendar }),
});

const cron = declare({
  summary: 'A job of cron, in a file of its own in /etc/cron.d.',
  attributes: {
    cron: form(/^[A-Za-z0-9_-]{1,64}$/, 'a file name of letters, digits, _ and -, without dots').describe(
      'Name of the file.',
    ),
    schedule: text.optional().describe('Five fields as crontab(5) reads them, or `@daily`.'),
    run: text.optional().describe('Shell, on one line; expressions are refused: values enter through `env`.'),
    as: runAs,
    env: env.default({}).describe('Variables of the job, such as MAILTO.'),
    absent: absent('Removed.'),
  },
  kinds: { run: 'shell' },
  problems: ({ schedule, run, env: variables, absent: gone }) => {
    const found = [...lacking(gone, { schedule, run })];
    const why =
      schedule === undefined || schedule.includes(expression) ? undefined : scheduleProblem(schedule);
    if (why !== undefined) found.push({ attribute: 'schedule', message: why });
    if (run?.trimEnd().includes('\n'))
      found.push({
        attribute: 'run',
        message: 'To cron a line is a job, and this has several.',
        remedy: 'Put the script into a file resource and run that, or use a timer.',
      });
    for (const [name, value] of Object.entries(variables))
      if (/\n|\s$/.test(value) || (value.includes('"') && value.includes("'")))
        found.push({
          attribute: `env.${name}`,
          message:
            'crontab(5) cannot say a value with both kinds of quotes, a line break, or a blank at its end.',
        });
    return found;
  },
});

const portForm = 'a port, a range such as 8000-8100, or a list of these';
const ports = z.union(
  [
    whole(1, 65_535),
    form(/^[0-9]{1,5}-[0-9]{1,5}$/, portForm),
    z.array(z.union([whole(1, 65_535), form(/^[0-9]{1,5}-[0-9]{1,5}$/, portForm)])).min(1),
  ],
  { error: portForm },
);
const source = form(
  /^(?:[0-9a-fA-F:.]+(?:\/[0-9]{1,3})?|.*\$\{\{.*)$/,
  'an address or network such as 10.0.0.0/8',
);
const rule = object({
  port: ports.optional(),
  protocol: z.enum(['tcp', 'udp', 'icmp'], { error: 'tcp, udp or icmp' }).default('tcp'),
  from: oneOrMore(source, 'an address or network such as 10.0.0.0/8, or a list of these').optional(),
});

const firewall = declare({
  summary: 'Who may reach this machine: the table `inet millwright` of nftables, and never another.',
  attributes: {
    firewall: z
      .literal('input', { error: '"input": what comes in to this machine' })
      .describe('What comes in.'),
    policy: z
      .enum(['drop', 'accept'], { error: 'drop or accept' })
      .default('drop')
      .describe('For all that no rule allows.'),
    allow: z
      .array(rule)
      .default([])
      .describe(
        'What may come in: `port` (a port, a range, a list), `protocol` (tcp, udp, icmp; tcp), `from` (addresses and networks; anywhere).',
      ),
    sshPort: whole(1, 65_535).default(22).describe('Where we log in: always allowed, from anywhere.'),
    absent: absent('The table, its file and its unit go.'),
  },
  risky: true,
  problems: ({ allow }) =>
    allow.flatMap(({ port, protocol }, index): AttributeProblem[] => {
      const attribute = `allow[${index}]`;
      if (protocol === 'icmp' && port !== undefined) return [{ attribute, message: 'icmp has no ports.' }];
      if (protocol !== 'icmp' && port === undefined)
        return [{ attribute, message: 'Nothing says which port.', remedy: 'Write port; or protocol: icmp.' }];
      return [];
    }),
});

export const serviceTypes = { unit, timer, cron, firewall };
