import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { voteOptions } from '../vote/options.js';
import type { VoteOptions } from '../vote/vote.js';

export function configure(command: Command, run: Runner): void {
  voteOptions(command)
    .addHelpText(
      'after',
      examples('millwright reject 42 --reason "db-1 is full"', 'millwright reject 42 canary:web --as oncall'),
    )
    .action(run(reject));
}

async function reject(
  context: Context,
  wanted: string,
  gate: string | undefined,
  options: VoteOptions,
): Promise<number> {
  const { castVote } = await import('../vote/vote.js');
  return castVote(context, { verb: 'reject', run: wanted, gate, options });
}
