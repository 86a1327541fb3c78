import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./worker.js', import.meta.url));

/** The worker processes of a campaign: one that dies is started anew. */
export class Processes {
  kills = 0;
  private readonly children = new Map<number, ChildProcess>();
  private readonly peers = new Map<number, number>();
  private closing = false;
  ready!: () => void;
  private readonly polls = new Promise<void>((resolve) => {
    this.ready = resolve;
  });

  constructor(
    private readonly args: readonly string[],
    private readonly died: (text: string) => void,
  ) {}

  /** Until one of them polls. */
  start(count: number): Promise<void> {
    for (let i = 0; i < count; i++) this.spawn();
    return this.polls;
  }

  hello(peer: number, pid: number): void {
    this.peers.set(peer, pid);
  }

  /** SIGKILLs the process behind a connection, unless it is the only one. */
  kill(peer: number): boolean {
    const pid = this.peers.get(peer);
    const child = pid === undefined ? undefined : this.children.get(pid);
    if (child === undefined || this.peers.size < 2) return false;
    this.peers.delete(peer);
    this.kills++;
    child.kill('SIGKILL');
    return true;
  }

  async close(): Promise<void> {
    this.closing = true;
    const ends = [...this.children.values()].map(
      (child) => new Promise((resolve) => child.once('exit', resolve)),
    );
    for (const child of this.children.values()) child.kill('SIGKILL');
    await Promise.all(ends);
  }

  private spawn(): void {
    const child = spawn(process.execPath, [script, ...this.args], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const { pid = 0 } = child;
    this.children.set(pid, child);
    child.once('exit', (code, signal) => {
      this.children.delete(pid);
      for (const [peer, of] of this.peers) if (of === pid) this.peers.delete(peer);
      if (this.closing) return;
      if (signal !== 'SIGKILL') this.died(`a worker ended by itself: code ${code} signal ${signal}`);
      this.spawn();
    });
  }
}
