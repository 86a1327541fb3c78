import type { EventDocument } from './documents.js';
import type { Paint } from './paint.js';
import { pad } from './text.js';

/** An event as one plain line: for logs of a job, where nothing can be redrawn. */
export function eventLine(event: EventDocument, paint: Paint): string {
  const who = pad(event.machine ?? 'run', 9);
  const phase = pad(event.phase ?? '', 10);
  const text = [event.result === 'done' ? '' : event.result, event.id, event.text, event.code]
    .filter(Boolean)
    .join('  ');
  return `${event.at.slice(11, 19)} ${who} │ ${phase} ${coloured(event.result, paint)(text || event.result)}`.trimEnd();
}

function coloured(result: string, paint: Paint): (text: string) => string {
  if (['failed', 'unknown', 'asking', 'rollback-failed'].includes(result)) return paint.red;
  if (result === 'owed' || result === 'cancelled' || result === 'stopped') return paint.yellow;
  if (result === 'rolling back' || result === 'rolled-back-verified') return paint.yellow;
  return result === 'running' || result === 'not needed' ? paint.dim : (text) => text;
}
