import type { LookResult, MachineTask } from '../activities/types.js';
import { instanceId, runId } from '../model/ids.js';
import type { Head, InstanceInfo, MachineOutcome, PhaseReport, StepCounts } from '../model/index.js';
import { type SiteProxies, siteActivities } from './activities.js';
import { Stop } from './stop.js';
import { type Timing, timingOf } from './timing.js';
import type { MachineInput } from './types.js';
import { UndoList } from './undo.js';

/** What one change has learnt about its machine so far; phases read and extend it in turn. */
export interface Life {
  readonly input: MachineInput;
  readonly timing: Timing;
  readonly site: SiteProxies;
  /** What every activity is given. */
  readonly task: MachineTask;
  /** Name of the run on the target: the same however often it is attempted. */
  readonly run: string;
  readonly undo: UndoList;
  readonly stop: Stop;
  readonly phases: PhaseReport[];
  readonly evidence: Record<string, string>;
  look?: LookResult;
  /** Why nothing more is needed. */
  settled?: string;
  /** This change powered it on. */
  booted?: boolean;
  /** Undefined: not looked at; null: destroyed or gone. */
  instance?: InstanceInfo | null;
  head: Head | null;
  counts?: StepCounts;
  /** Undefined: nobody got in to look, so what the record knows stays. */
  debts?: readonly string[];
  assigned?: string;
  verified?: string;
  outcome?: MachineOutcome;
}

export function beginLife(input: MachineInput): Life {
  const { ref, changeId, machine } = input;
  const timing = timingOf(input);
  const instance = machine.instance ?? instanceId(ref, changeId);
  return {
    input,
    timing,
    site: siteActivities(machine.site, timing),
    task: {
      changeId,
      target: machine.target,
      bundleBytes: machine.bundleBytes,
      runner: machine.runner,
      site: machine.site,
      machine: ref.machine,
      instance,
    },
    run: runId(changeId, ref.machine, 'apply', 1),
    undo: new UndoList(),
    stop: new Stop(),
    phases: [],
    evidence: {},
    head: null,
  };
}
