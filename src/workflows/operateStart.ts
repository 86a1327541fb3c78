import { CONTROL_QUEUE, workflowId } from '../model/ids.js';
import type { EnvironmentRef, MachineRef } from '../model/index.js';
import { attributesAtStart } from './attributes.js';
import type { AdoptInput, ForgetInput, InventoryInput, OperateInput, SweepInput } from './operateTypes.js';
import { wordsOf } from './operation.js';
import type { StartOptions } from './start.js';

export const operateStart = (input: OperateInput): StartOptions<OperateInput> => ({
  ...onControl(input, input),
  workflowId: workflowId.operate(input, input.ulid),
  staticSummary: `${wordsOf(input.operation)} on ${namesOf(input)} by ${input.by}`,
});

export const sweepStart = (input: SweepInput): StartOptions<SweepInput> => ({
  ...onControl(input, input),
  workflowId: `${workflowId.operate(input, input.ulid)}/${input.site}`,
  staticSummary:
    input.remove.length === 0
      ? `sweep of ${input.site} by ${input.by}`
      : `removal of ${input.remove.length} orphans at ${input.site} by ${input.by}`,
});

export const inventoryStart = (input: InventoryInput): StartOptions<InventoryInput> => ({
  ...onControl(input, input),
  workflowId: workflowId.operate(input, input.ulid),
  staticSummary: `inventory of ${input.site} by ${input.by}`,
});

/** Under the machine's own id: start them with conflict policy FAIL, and who already runs there keeps it. */
export const adoptStart = (input: AdoptInput): StartOptions<AdoptInput> => ({
  ...onMachine(input.ref, input),
  memo: { changeId: input.changeId, startedBy: input.by },
  staticSummary: `${input.ref.machine}: adopt ${input.instance} by ${input.by}`,
});

export const forgetStart = (input: ForgetInput): StartOptions<ForgetInput> => ({
  ...onMachine(input.ref, input),
  memo: { startedBy: input.by },
  staticSummary: `${input.ref.machine}: forget by ${input.by}`,
});

const namesOf = ({ machines }: OperateInput): string =>
  machines.length > 3 ? `${machines.length} machines` : machines.map((one) => one.machine).join(' ');

const onControl = <Input>(environment: EnvironmentRef, input: Input) => ({
  taskQueue: CONTROL_QUEUE,
  args: [input] as [Input],
  memo: {},
  typedSearchAttributes: attributesAtStart(environment, {}),
});

const onMachine = <Input>(ref: MachineRef, input: Input) => ({
  taskQueue: CONTROL_QUEUE,
  workflowId: workflowId.machine(ref),
  args: [input] as [Input],
  typedSearchAttributes: attributesAtStart(ref, { machine: ref.machine }),
});
