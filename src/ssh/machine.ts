import { abortable } from './abortable.js';
import type { Link } from './connect.js';
import { isSerial, Lane, type LaneOptions } from './lane.js';
import type { ExecOptions, ExecResult, SshTarget } from './port.js';

/** So that a run can be cancelled and looked at while it is followed. */
const serialLanes = 4;

/** The connections to one machine: one, but several where commands can't share it. */
export class Machine {
  private readonly first: Lane;
  private readonly lanes: Lane[];

  constructor(
    readonly target: SshTarget,
    private readonly options: LaneOptions,
  ) {
    this.first = new Lane(target, options);
    this.lanes = [this.first];
  }

  open(): Promise<Link> {
    return this.first.open();
  }

  async exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult> {
    const { banner } = await abortable(this.first.open(), options?.signal);
    const lane = isSerial(banner) ? this.idlest() : this.first;
    return lane.exec(argv, options);
  }

  retire(): void {
    for (const lane of this.lanes) lane.retire();
  }

  private idlest(): Lane {
    const best = this.lanes.reduce((a, b) => (b.load < a.load ? b : a));
    if (best.load === 0 || this.lanes.length >= serialLanes) return best;
    const lane = new Lane(this.target, this.options);
    this.lanes.push(lane);
    return lane;
  }
}
