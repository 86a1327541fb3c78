import type { PhaseState } from '../model/index.js';

/** One machine while a run goes on. */
export interface MachineProgress {
  readonly machine: string;
  readonly state: PhaseState | 'owed' | 'stopped' | 'unknown';
  readonly phase: string | null;
  /** e.g. `7/8   file:/etc/motd`, `verified`, a failure's message. */
  readonly text: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export interface GroupProgress {
  readonly group: string;
  readonly after: readonly string[];
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly state: 'waiting' | 'running' | 'asking' | 'gated' | 'soaking' | 'done' | 'failed';
  readonly machines: readonly MachineProgress[];
  /** Which of its batches is at work or soaks, from 1; undefined: there is one only, or none is. */
  readonly batch?: { readonly n: number; readonly of: number };
  /** Machines of that batch that failed, and how many may; undefined: nobody said. */
  readonly budget?: { readonly failed: number; readonly maxFailed: number };
  readonly soaksUntil?: string;
  /** Why it waits, was left out or failed. */
  readonly reason?: string;
}

/** One line of `-o jsonl`. */
export interface EventDocument {
  readonly schema: 'millwright/event/v1';
  readonly at: string;
  readonly run: number | null;
  readonly change: string;
  readonly machine: string | null;
  readonly instance: string | null;
  /** Step id or gate, when the event is about one. */
  readonly id: string | null;
  readonly phase: string | null;
  readonly result: string;
  readonly cause: string | null;
  readonly code: string | null;
  readonly text: string | null;
  /** When the event is about a group. */
  readonly group: string | null;
}
