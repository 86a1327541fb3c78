import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { voteOptions } from '../vote/options.js';
import type { VoteOptions } from '../vote/vote.js';

export function configure(command: Command, run: Runner): void {
  voteOptions(command)
    .option(
      '--break-glass <reason>',
      'answer for everybody, also for your own change, where the policy lets you',
    )
    .option('--override', 'let the run go on outside its window, where the policy lets you; needs --reason')
    .addHelpText(
      'after',
      examples(
        'millwright approve 42',
        'millwright approve 42 group:db --as platform --key ~/.ssh/id_ed25519',
        'millwright approve 42 --external https://ci.example/job/42 --as ci',
        'millwright approve 42 --break-glass "checkout is down"',
        'millwright approve 42 --override --reason "the fix for the fire"',
      ),
    )
    .action(run(approve));
}

async function approve(
  context: Context,
  wanted: string,
  gate: string | undefined,
  options: VoteOptions,
): Promise<number> {
  const { castVote } = await import('../vote/vote.js');
  return castVote(context, { verb: 'approve', run: wanted, gate, options });
}
