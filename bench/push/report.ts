import { medianRatio, rounded } from '../support/statistics.js';
import type { Figures, Pair } from './measure.js';
import { type PeerName, peerNames } from './peer.js';

/** Figures that budgets are compared with, by their names; all ratios but `msPerHost`. */
export function documentOf(figures: Figures) {
  const { runs, hundred, flat } = figures;
  const perHost = Object.entries(flat).map(([count, { apply }]) => [
    count,
    rounded(apply / Number(count), 1),
  ]);
  return {
    applyVsOpenSsh: ratio(figures, 'millwright', 'openssh', 'apply'),
    noopVsOpenSsh: ratio(figures, 'millwright', 'openssh', 'noop'),
    ansibleVsUs: ratio(figures, 'ansible', 'millwright', 'apply'),
    mitogenVsUs: ratio(figures, 'mitogen', 'millwright', 'apply'),
    pyinfraVsUs: ratio(figures, 'pyinfra', 'millwright', 'apply'),
    noop100VsSshTrue:
      hundred.length === 0 ? undefined : rounded(medianRatio(hundred.map((one) => [one.noop, one.sshTrue]))),
    msPerHost: perHost.length === 0 ? undefined : Object.fromEntries(perHost),
    ...{ versions: figures.about, targets: figures.targets, parallel: figures.parallel, runs, hundred, flat },
  };
}

type Kind = 'apply' | 'noop';

/** Of `a` to `b`, round by round where both have rounds; undefined where one did not run. */
function ratio({ runs }: Figures, a: PeerName, b: PeerName, kind: Kind): number | undefined {
  const [left, right] = [runs[a], runs[b]];
  if (!left?.length || !right?.length) return undefined;
  const paired =
    left.length === right.length ? left.map((one, i) => [one, right[i] as Pair] as const) : undefined;
  if (paired) return rounded(medianRatio(paired.map(([one, other]) => [one[kind], other[kind]])));
  const middle = [...right].sort((one, other) => one[kind] - other[kind])[
    Math.floor(right.length / 2)
  ] as Pair;
  return rounded((left[0] as Pair)[kind] / middle[kind]);
}

/** One table: every peer against the script over OpenSSH, and against us. */
export function tableOf(figures: Figures): string {
  const { about, targets, parallel } = figures;
  const { msPerHost, noop100VsSshTrue } = documentOf(figures);
  const rows = peerNames.flatMap((name) => (about[name] === undefined ? [] : [rowOf(figures, name)]));
  const cell = (value: number | undefined): string => String(value ?? '').padStart(12);
  const head = ['apply', 'no-op', 'apply', 'no-op'].map((text) => text.padStart(12)).join('');
  return [
    `${targets} machines, ten resources, ${parallel} at a time`,
    `${''.padEnd(12)}${'× openssh'.padStart(24)}${'× millwright'.padStart(24)}`,
    `${''.padEnd(12)}${head}`,
    ...rows.map(({ name, values }) => `${name.padEnd(12)}${values.map(cell).join('')}   ${about[name]}`),
    ...(noop100VsSshTrue === undefined
      ? []
      : [`no-op of 100 resources × ssh host true: ${noop100VsSshTrue}, goal ≤ 1.5`]),
    ...(msPerHost === undefined
      ? []
      : [`apply per machine, ms, by number of machines: ${JSON.stringify(msPerHost)}`]),
  ].join('\n');
}

const rowOf = (figures: Figures, name: PeerName) => ({
  name,
  values: (['openssh', 'millwright'] as const).flatMap((against) =>
    (['apply', 'noop'] as const).map((kind) => ratio(figures, name, against, kind)),
  ),
});
