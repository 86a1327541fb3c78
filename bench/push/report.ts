import { medianRatio, rounded } from '../support/statistics.js';
import type { Cost, Figures } from './measure.js';
import { type PeerName, peerNames } from './peer.js';

/** The figures that budgets are compared with come first, by their names; all are ratios but `msPerHost`. */
export function documentOf(figures: Figures) {
  const { runs, hundred, flat, about, targets, parallel } = figures;
  const perHost = Object.entries(flat).map(([count, { apply }]) => [
    count,
    rounded(apply.wall / Number(count), 1),
  ]);
  const checks = (of: Measure) => hundred.map((one) => [of(one.noop), of(one.sshTrue)] as const);
  const against = (of: Measure) => ({
    applyVsOpenSsh: ratio(figures, 'millwright', 'openssh', 'apply', of),
    noopVsOpenSsh: ratio(figures, 'millwright', 'openssh', 'noop', of),
    ansibleVsUs: ratio(figures, 'ansible', 'millwright', 'apply', of),
    mitogenVsUs: ratio(figures, 'mitogen', 'millwright', 'apply', of),
    pyinfraVsUs: ratio(figures, 'pyinfra', 'millwright', 'apply', of),
    noop100VsSshTrue: hundred.length === 0 ? undefined : rounded(medianRatio(checks(of))),
  });
  return {
    ...against(wall),
    msPerHost: perHost.length === 0 ? undefined : Object.fromEntries(perHost),
    /** The same ratios by CPU time. */
    cpu: against(cpu),
    ...{ versions: about, targets, parallel, runs, hundred, flat },
  };
}

type Kind = 'apply' | 'noop';
type Measure = (cost: Cost) => number;
const wall: Measure = (cost) => cost.wall;
const cpu: Measure = ({ site, targets }) => site + targets;

/** Of `a` to `b`, round by round; of a peer that ran once to the median of the others. Undefined where one did not run. */
function ratio({ runs }: Figures, a: PeerName, b: PeerName, kind: Kind, of: Measure): number | undefined {
  const [left = [], right = []] = [runs[a], runs[b]].map((some) => some?.map((one) => of(one[kind])));
  if (left.length === 0 || right.length === 0) return undefined;
  const pairs = Array.from(
    { length: Math.max(left.length, right.length) },
    (_, n) => [left[n % left.length] ?? Number.NaN, right[n % right.length] ?? Number.NaN] as const,
  );
  return rounded(medianRatio(pairs));
}

/** One table: every peer against the script over OpenSSH, and against us; in brackets by CPU time. */
export function tableOf(figures: Figures): string {
  const { about, targets, parallel } = figures;
  const { msPerHost, noop100VsSshTrue, cpu } = documentOf(figures);
  const names = peerNames.filter((name) => about[name] !== undefined);
  const columns = ['apply', 'no-op', 'apply', 'no-op'].map((text) => text.padStart(16)).join('');
  return [
    `${targets} machines, ten resources, ${parallel} at a time; wall clock, [CPU time of both sides]`,
    `${''.padEnd(12)}${'× openssh'.padStart(32)}${'× millwright'.padStart(32)}`,
    `${''.padEnd(12)}${columns}`,
    ...names.map((name) => `${name.padEnd(12)}${cellsOf(figures, name).join('')}   ${about[name]}`),
    ...(noop100VsSshTrue === undefined
      ? []
      : [
          `no-op of 100 resources × ssh host true: ${noop100VsSshTrue} [${cpu.noop100VsSshTrue}], goal ≤ 1.5`,
        ]),
    ...(msPerHost === undefined
      ? []
      : [`apply, ms per machine by number of machines: ${JSON.stringify(msPerHost)}`]),
  ].join('\n');
}

const cellsOf = (figures: Figures, name: PeerName): string[] =>
  (['openssh', 'millwright'] as const).flatMap((against) =>
    (['apply', 'noop'] as const).map((kind) => {
      const [byWall, byCpu] = [wall, cpu].map((of) => ratio(figures, name, against, kind, of));
      return (byWall === undefined ? '' : `${byWall} [${byCpu}]`).padStart(16);
    }),
  );
