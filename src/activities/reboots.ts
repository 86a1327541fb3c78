import type { JournalLine } from '../model/index.js';

const usualSeconds = 600;

/** Knows from the journal whether the machine is silent because a step has ordered a reboot. */
export class Reboots {
  private backBy = 0;

  /** To be told of each new line: any other after it means that the machine is back. */
  heard({ state, withinSeconds = usualSeconds }: JournalLine): void {
    this.backBy = state === 'rebooting' ? Date.now() + withinSeconds * 1_000 : 0;
  }
  get waiting(): boolean {
    return Date.now() < this.backBy;
  }
}
