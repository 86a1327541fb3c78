import type { Command } from 'commander';

/** Options of `approve` and `reject`. */
export const voteOptions = (command: Command): Command =>
  command
    .argument('<run>', 'number or ULID of the run')
    .argument('[gate]', 'rollout, group:web, canary:web; the only open one unless given')
    .option('--as <name>', 'your name in the policy; your user name unless given')
    .option(
      '--key <file>',
      "SSH key to sign with; git's signing key, one of ~/.ssh or the agent's unless given",
    )
    .option('--reason <text>', 'why: signed, and kept in the record')
    .option('--unsigned', 'a plain message, where the gate takes one')
    .option('--external <url>', "a pipeline's own approval, which can be read there")
    .option('--expires <duration>', 'how long the signature may be used', '1h');
