import { eventLines } from '../../report/index.js';
import type { Context } from '../context.js';
import type { Screen } from './follow.js';

/** Plain lines: on standard error as narration, or as the data itself with `-o jsonl`. */
export function lineScreen(context: Context): Screen {
  let silentSaid = false;
  return {
    show: (_, events) => {
      if (silentSaid) context.say('Answers are back.');
      silentSaid = false;
      if (context.flags.output === 'jsonl') for (const event of events) context.io.out(JSON.stringify(event));
      else for (const line of eventLines(events, context.paint)) context.say(line);
    },
    silent: (since, why) => {
      if (silentSaid) return;
      silentSaid = true;
      context.say(
        `No answer since ${since.toISOString().slice(11, 19)} (${why}). The run goes on when Temporal and its workers are back; waiting.`,
      );
    },
    ask: (question) => {
      if (question) context.io.err(question);
    },
    close: () => undefined,
  };
}
