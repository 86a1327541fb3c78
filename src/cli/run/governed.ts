import type { VoteEntry } from '../../activities/types.js';
import type { WindowState } from '../../model/index.js';
import type {
  GateDocument,
  GroupDocument,
  Held,
  PauseDocument,
  VoteDocument,
  WindowDocument,
} from '../../report/index.js';
import type { GateProgress, GroupProgress, Pause, RolloutProgress } from '../../workflows/types.js';

export const ungoverned: Held = { gates: [], paused: null, window: null, groups: [] };

/** Its window is waited for by a gate of this name, which is told as the window: only an override answers it. */
const windowGate = 'window';

export function governedBy(progress: RolloutProgress): Held {
  const { gates = [], window, groups } = progress;
  const paused = pauseOf(progress);
  const shown = window?.open || outsideWindow(progress) ? window : undefined;
  return {
    gates: askingGates(gates).map(gateDocument),
    paused: paused === undefined ? null : pauseDocument(paused),
    window: shown === undefined ? null : windowDocument(shown),
    groups: groups.map(groupDocument),
  };
}

/** Whether nothing new begins because of its window: not where somebody overrode that, nor where what runs is finished. */
export function outsideWindow({ gates = [], window }: Pick<RolloutProgress, 'gates' | 'window'>): boolean {
  const override = gates.find(({ id }) => id === windowGate);
  return window?.open === false && (override ? override.state === 'open' : window.atClose !== 'finish');
}

/** Somebody's pause; what a closed window holds back nobody can resume. */
export const pauseOf = ({ paused }: Pick<RolloutProgress, 'paused'>): Pause | undefined =>
  paused?.by === windowGate ? undefined : paused;

/** Gates at which people are asked whether they agree. */
export const askingGates = (gates: readonly GateProgress[] = []): GateProgress[] =>
  gates.filter(({ id }) => id !== windowGate);

export const openGates = <G extends { readonly state: string }>(gates: readonly G[]): G[] =>
  gates.filter(({ state }) => state === 'open');

export const gateDocument = (gate: GateProgress): GateDocument => ({
  ...{ gate: gate.id, state: gate.state, since: gate.since, deadline: gate.deadline ?? null },
  ...{ onTimeout: gate.onTimeout, approvals: gate.approvals, votes: gate.votes.map(voteDocument) },
  ...{ waitsFor: gate.waitsFor, unsigned: gate.unsigned, external: gate.external },
  authorUnverified: gate.authorUnverified,
});

export const voteDocument = ({
  gate,
  decision,
  by,
  how,
  reason,
  reference,
  at,
}: VoteEntry): VoteDocument => ({
  ...{ gate, decision, by, how, at, reason: reason ?? null, reference: reference ?? null },
});

const pauseDocument = ({ by, reason, at }: Pause): PauseDocument => ({ by, at, reason: reason ?? null });

const windowDocument = ({ open, why, until, startBy, closes, atClose }: WindowState): WindowDocument => ({
  ...{ open, why, atClose, until: until ?? null, startBy: startBy ?? null, closes: closes ?? null },
});

const groupDocument = (group: GroupProgress): GroupDocument => ({
  ...{
    group: group.group,
    state: group.state,
    machines: group.machines,
    batches: group.sizes ?? [group.machines],
  },
  ...{ batch: group.batch === undefined ? null : group.batch + 1, soaksUntil: group.soaksUntil ?? null },
  ...{ failed: group.failed ?? null, maxFailed: group.maxFailed ?? null, reason: group.reason ?? null },
});
