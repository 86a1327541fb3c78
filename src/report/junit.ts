import { XMLBuilder } from 'fast-xml-parser';
import type { Outcome } from '../model/index.js';
import { voteText } from './gates.js';
import { endings } from './run.js';
import type { RunDocument, RunMachine } from './runDocuments.js';
import { tookMs } from './runMachines.js';
import { signaturesOf } from './signatures.js';
import { groupedBy } from './text.js';
import { outcomeText } from './words.js';

const failed: ReadonlySet<Outcome> = new Set([
  'failed',
  'unknown',
  'rollback-failed',
  'rolled-back-verified',
]);
const well: ReadonlySet<Outcome> = new Set(['aligned', 'applied', 'destroyed']);

const builder = new XMLBuilder({
  ...{ ignoreAttributes: false, attributeNamePrefix: '@', textNodeName: '#text' },
  ...{ format: true, suppressEmptyNode: true },
});

/**
 * A run as JUnit's XML, as Jenkins, GitLab and TeamCity read it: a suite per group, a case per machine. What was rolled back
 * failed; what is owed or was never begun is skipped.
 */
export function renderJunit(run: RunDocument): string {
  const kinds = kindsOf(run);
  const suites = groupedBy(run.machines, (one) => one.group ?? 'removed machines').map(([group, machines]) =>
    suite(
      run,
      group,
      machines.map((one) => caseOf(one, kinds)),
    ),
  );
  const rest = [...run.notStarted.map(notStarted), ...failureOfRun(run)];
  const testsuite = rest.length === 0 ? suites : [...suites, suite(run, 'run', rest)];
  return builder.build({ '?xml': { '@version': '1.0', '@encoding': 'UTF-8' }, testsuites: { testsuite } });
}

interface Case {
  readonly '@name': string;
  readonly '@time'?: string;
  readonly failure?: object;
  readonly skipped?: object;
  readonly 'system-out'?: string;
}

function suite(run: RunDocument, group: string, cases: readonly Case[]): object {
  const name = `${run.fleet}/${run.environment} ${group}`;
  return {
    '@name': name,
    '@timestamp': run.startedAt.slice(0, 19),
    '@tests': cases.length,
    '@failures': cases.filter((one) => one.failure !== undefined).length,
    '@skipped': cases.filter((one) => one.skipped !== undefined).length,
    properties: { property: properties(run) },
    testcase: cases.map((one) => ({ '@classname': name, ...one })),
  };
}

const properties = ({ run, change, plan, commit, verb }: RunDocument): object[] =>
  Object.entries({ run, change, plan, commit, verb }).flatMap(([name, value]) =>
    value === null ? [] : [{ '@name': name, '@value': value }],
  );

/** Of a failure that several machines share: its text, the same for all of them, so that readers count them as one. */
function kindsOf({ machines }: RunDocument): ReadonlyMap<string, string> {
  const shared = signaturesOf(machines.map((one) => one.detail)).filter((one) => one.machines.length > 1);
  return new Map(
    shared.flatMap(({ code, step, message, machines: names }) =>
      names.map((name): [string, string] => [name, [code, step, message].filter(Boolean).join(' ')]),
    ),
  );
}

function caseOf({ machine, outcome, detail }: RunMachine, kinds: ReadonlyMap<string, string>): Case {
  const { failure, counts } = detail;
  const text = outcomeText(detail);
  const all = [failure && `${failure.code}  ${failure.message}`, ...(failure?.detail ?? []), failure?.remedy];
  const more = clean(all.filter((line) => line !== undefined).join('\n'));
  const done = counts === undefined ? '' : `\n${counts.changed} changed, ${counts.ok} ok`;
  return {
    '@name': machine,
    '@time': ((tookMs(detail) ?? 0) / 1000).toFixed(3),
    ...(failed.has(outcome)
      ? { failure: { ...message(text), ...kind(kinds.get(machine)), '#text': more } }
      : {}),
    ...(failed.has(outcome) || well.has(outcome) ? {} : { skipped: message(text) }),
    'system-out': clean(`${text}${done}`),
  };
}

const kind = (text: string | undefined): object =>
  text === undefined ? {} : { '@type': clean(text.replace(/\s+/g, ' ')) };

const notStarted = (machine: string): Case => ({ '@name': machine, skipped: message('not started') });

const failureOfRun = ({ failure, outcome, votes }: RunDocument): Case[] =>
  failure === null
    ? refusal(endings[outcome ?? ''], votes)
    : [
        {
          '@name': failure.code,
          failure: { ...message(failure.message), '#text': clean(failure.remedy ?? '') },
        },
      ];

/** A run that was rejected, refused or missed has no machine that failed, and is no success. */
function refusal(ending: string | undefined, votes: RunDocument['votes']): Case[] {
  if (ending === undefined) return [];
  const rejected = votes.filter(({ decision }) => decision === 'reject').map(voteText);
  return [{ '@name': 'run', failure: { ...message(ending), '#text': clean(rejected.join('\n')) } }];
}

/** An attribute is one line: readers make a space of each line break. */
const message = (text: string): object => ({ '@message': clean(text.replace(/\s+/g, ' ')) });

/** XML has no way to write most control characters. */
const clean = (text: string): string => text.replace(/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu, '\u{fffd}');
