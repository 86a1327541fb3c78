import type { Head, Hold, JournalLine, VerifiedBundle } from '../../src/model/index.js';

export interface SimRun {
  readonly lines: JournalLine[];
  active: boolean;
  ending?: 'stopped' | 'cancelled';
}

/** What was there before a step acted; `before` undefined: nothing. */
export interface PreImage {
  readonly step: string;
  readonly run: string;
  readonly before: string | undefined;
  readonly notify: readonly string[];
}

/** What survives a reboot, and what a snapshot is made of. */
export class SimDisk {
  head: Head | null = null;
  hold: Hold | null = null;
  /** Step id to hash of the step that made it so. */
  applied = new Map<string, string>();
  preImages: PreImage[] = [];
  debts: string[] = [];
  verified: VerifiedBundle[] = [];
  runs = new Map<string, SimRun>();
  tombstones = new Set<string>();
  files = new Map<string, Uint8Array>();
  /** The unguarded step that is running. */
  inflight?: string;

  copy(): SimDisk {
    const copy = structuredClone(this) as SimDisk;
    return Object.assign(new SimDisk(), copy);
  }

  owe(debts: readonly string[]): string[] {
    const fresh = debts.filter((debt) => !this.debts.includes(debt));
    this.debts.push(...fresh);
    return fresh;
  }

  /** Newest first, at most two. */
  noteVerified(one: VerifiedBundle): void {
    this.verified = [one, ...this.verified.filter(({ bundle }) => bundle !== one.bundle)].slice(0, 2);
  }

  /** Takes back the newest thing that runs of this change did and gives it; undefined: nothing is left. */
  takeBack(change: string): PreImage | undefined {
    const at = this.preImages.findLastIndex(({ run }) => isApplyOf(run, change));
    const [image] = at < 0 ? [] : this.preImages.splice(at, 1);
    if (image === undefined) return undefined;
    if (image.before === undefined) this.applied.delete(image.step);
    else this.applied.set(image.step, image.before);
    return image;
  }

  touchedBy(change: string): string[] {
    return this.preImages.filter(({ run }) => isApplyOf(run, change)).map(({ step }) => step);
  }
}

const isApplyOf = (run: string, change: string): boolean =>
  run.startsWith(`${change}/`) && run.includes('/apply/');
