/** Holds somebody at a place until it is opened, and tells when they have come there. */
export class Gate {
  private arrive!: () => void;
  private release!: () => void;
  readonly reached = new Promise<void>((resolve) => {
    this.arrive = resolve;
  });
  private readonly opened = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  open(): void {
    this.release();
  }

  /** Rejects as soon as `signal` aborts, as real work that is told to end does. */
  async pass(signal?: AbortSignal): Promise<void> {
    this.arrive();
    if (signal === undefined) return this.opened;
    await Promise.race([
      this.opened,
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
    ]);
  }
}
