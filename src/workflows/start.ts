import type { SearchAttributePair } from '@temporalio/common';
import { CONTROL_QUEUE, shortDigest, workflowId } from '../model/ids.js';
import type { Change, Digest, EnvironmentRef } from '../model/index.js';
import { attributesAtStart } from './attributes.js';
import type { CheckInput, ExecInput, LookInput } from './lookTypes.js';
import type { Timing } from './timing.js';
import type { RolloutInput } from './types.js';

/** Options for `client.workflow.start(type, options)`. */
export interface StartOptions<Input> {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly args: [Input];
  readonly memo: Record<string, unknown>;
  readonly staticSummary: string;
  readonly staticDetails?: string;
  readonly typedSearchAttributes: SearchAttributePair[];
}

/**
 * How to start `rollout` or `destroy`. Its memo `{changeId, intent, plan, startedBy, verb, commit}` tells whoever meets
 * the running one under the same id whether it is theirs (equal intent: attach) or somebody else's (busy).
 */
export function changeStart(
  change: Change,
  document: Digest,
  timing?: Partial<Timing>,
): StartOptions<RolloutInput> & { readonly type: 'rollout' | 'destroy' } {
  const { fleet, fleetUid, environment, id: changeId, intent, plan, revision } = change;
  const type = change.verb === 'destroy' ? 'destroy' : 'rollout';
  return {
    type,
    workflowId: type === 'destroy' ? workflowId.destroy(change, changeId) : workflowId.rollout(change),
    taskQueue: CONTROL_QUEUE,
    args: [{ fleet, fleetUid, environment, change: document, changeId, intent, timing }],
    memo: memoOf(change),
    staticSummary: `${change.verb} ${fleet}/${environment}: plan ${shortDigest(plan)} by ${change.startedBy}`,
    staticDetails: detailsOf(change),
    typedSearchAttributes: attributesAtStart(change, { revision }),
  };
}

/** Memo of a running rollout or destroy. */
export interface ChangeMemo {
  readonly changeId: string;
  readonly intent: Digest;
  readonly plan: Digest;
  readonly verb: string;
  readonly startedBy: string;
  readonly commit?: string;
}

const memoOf = ({ id, intent, plan, verb, startedBy, commit }: Change): Record<string, unknown> => ({
  changeId: id,
  ...{ intent, plan, verb, startedBy },
  ...(commit === undefined ? {} : { commit }),
});

const detailsOf = (change: Change): string =>
  [
    `- change ${change.id}, plan ${shortDigest(change.plan)}`,
    `- commit ${change.commit?.slice(0, 7) ?? 'none'} ${change.commitSubject ?? ''}`,
    `- started by ${change.startedBy} at ${change.startedAt}`,
    `- may destroy: ${change.allowDestroy ? 'yes' : 'no'}`,
  ].join('\n');

export const lookStart = (input: LookInput): StartOptions<LookInput> => ({
  ...onControl(input.context, input),
  workflowId: workflowId.look(input.context, input.ulid),
  staticSummary: `look at ${input.context.fleet}/${input.context.environment}`,
});

export const checkStart = (input: CheckInput): StartOptions<CheckInput> => ({
  ...onControl(input.context, input),
  workflowId: workflowId.look(input.context, input.ulid),
  staticSummary: `check of ${input.machines.length} machines by ${input.context.startedBy}`,
});

export const execStart = (input: ExecInput): StartOptions<ExecInput> => ({
  ...onControl(input, input),
  workflowId: workflowId.exec(input, input.ulid),
  staticSummary: `exec on ${input.machines.length} machines by ${input.by}`,
});

const onControl = <Input>(environment: EnvironmentRef, input: Input) => ({
  taskQueue: CONTROL_QUEUE,
  args: [input] as [Input],
  memo: {},
  typedSearchAttributes: attributesAtStart(environment, {}),
});
