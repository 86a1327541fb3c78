import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { Exit } from '../exit.js';

interface Options {
  port?: string;
  uiPort?: string;
  site: string;
  detach?: boolean;
}

export function configure(command: Command, run: Runner): void {
  command
    .argument('[action]', 'run (default), pid, status or stop', 'run')
    .option('--port <port>', "port of Temporal's server; its web UI gets the next thousand")
    .option('--ui-port <port>', "port of Temporal's web UI")
    .option('--site <name>', 'site to serve', 'main')
    .option('--detach', 'come back when everything runs, and leave it running')
    .addHelpText(
      'after',
      `${examples(
        'millwright dev',
        'millwright dev --detach',
        'kill -9 $(millwright dev pid)',
        'millwright dev stop',
      )}\n\nCtrl-C ends the stack cleanly; machines live on, and runs go on when it is back.`,
    )
    .action(run(dev));
}

async function dev(context: Context, action: string, options: Options): Promise<number> {
  const look = await import('../dev/look.js');
  switch (action) {
    case 'run':
      return options.detach ? detach(context, options) : foreground(context, options);
    case 'pid':
      return look.printPid(context);
    case 'status':
      return look.printStatus(context);
    case 'stop':
      return look.stop(context);
    default:
      throw usageError(
        `millwright dev ${action} means nothing.`,
        'Write dev, dev pid, dev status or dev stop.',
      );
  }
}

async function foreground(context: Context, options: Options): Promise<number> {
  const { runDev } = await import('../dev/run.js');
  await runDev(context, { ports: ports(context, options), site: options.site });
  return Exit.asAsked;
}

async function detach(context: Context, options: Options): Promise<number> {
  const { startDetached } = await import('../dev/detach.js');
  const { grpc, ui } = ports(context, options);
  return startDetached(context, ['--port', String(grpc), '--ui-port', String(ui), '--site', options.site]);
}

function ports(context: Context, options: Options): { grpc: number; ui: number } {
  const set = context.settings().dev.ports;
  const grpc = options.port === undefined ? (set.grpc ?? 7233) : port(options.port, '--port');
  const ui = options.uiPort === undefined ? undefined : port(options.uiPort, '--ui-port');
  return { grpc, ui: ui ?? (options.port === undefined ? set.ui : undefined) ?? grpc + 1000 };
}

function port(text: string, flag: string): number {
  const n = Number(text);
  if (Number.isInteger(n) && n > 0 && n < 65_536) return n;
  throw usageError(`${flag} ${text} is no port.`, 'Write a number from 1 to 65535.');
}
