/** Lets at most `limit` hold a slot at once; the others wait in line. */
export class Slots {
  private held = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private limit: number) {}

  get inUse(): number {
    return this.held;
  }

  setLimit(limit: number): void {
    this.limit = Math.max(1, limit);
    this.admit();
  }

  /** Waits for a slot; rejects with the signal's reason when it aborts first. */
  acquire(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.push(enter);
      this.admit();
    });
  }

  release(): void {
    this.held -= 1;
    this.admit();
  }

  private admit(): void {
    while (this.held < this.limit) {
      const next = this.waiting.shift();
      if (!next) return;
      this.held += 1;
      next();
    }
  }
}
