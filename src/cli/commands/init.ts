import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { Exit } from '../exit.js';

interface Options {
  template?: string;
  name?: string;
  host: string[];
  acceptHostKey: string[];
}

export function configure(command: Command, run: Runner): void {
  command
    .option(
      '--template <name>',
      'what to begin with: web (default), micro, or static: machines you have already',
    )
    .option('--name <fleet>', "name of the fleet; the directory's name unless given")
    .option(
      '--host <[user@]host[:port]>',
      'of static: a machine you have; may be given more than once',
      collect,
      [],
    )
    .option(
      '--accept-host-key <fingerprint>',
      'of static: a fingerprint that you have compared with the machine',
      collect,
      [],
    )
    .addHelpText(
      'after',
      examples(
        'mkdir shop && cd shop && millwright init',
        'millwright init --template micro --name lab',
        'millwright init --template static --host me@old-box',
      ),
    )
    .action(run(init));
}

const collect = (one: string, all: readonly string[]): string[] => [...all, one];

async function init(context: Context, options: Options): Promise<number> {
  const { initFleet, templateNames } = await import('../../manifest/index.js');
  const { didYouMean } = await import('../suggest.js');
  const dir = process.cwd();
  const files = initFleet({
    fleet: fleetName(options.name ?? basename(dir)),
    template: options.template,
    keys: publicKeys(),
    machines: await machinesOf(context, options),
  });
  if (!files) {
    const { template = '' } = options;
    throw usageError(
      `There is no template ${template}.${didYouMean(template, templateNames)}`,
      `Write ${templateNames.join(' or ')}.`,
    );
  }
  const there = Object.keys(files).filter((file) => existsSync(join(dir, file)));
  if (there.length > 0)
    throw usageError(
      `${there.join(', ')} exists already in ${dir}. Nothing was written.`,
      'Use an empty directory.',
    );
  for (const [file, text] of Object.entries(files)) write(join(dir, file), text);
  const document = { schema: 'millwright/init/v1', directory: dir, files: Object.keys(files).sort() };
  context.emit(document, () => document.files.join('\n'));
  context.say(`\n${next(options)}`);
  return Exit.asAsked;
}

/** A directory's name made into a DNS label. */
function fleetName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40);
  return name === '' ? 'fleet' : name;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag: 'wx' });
}

/** Public keys of whoever types this: they may log in to what is made. */
function publicKeys(): string[] {
  const folder = join(homedir(), '.ssh');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^id_.*\.pub$/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8').trim());
}

/** Machines of the template static, each with the host key that somebody vouches for. */
async function machinesOf(context: Context, { template, host, acceptHostKey }: Options) {
  if (template === 'static') {
    const { existingMachines } = await import('../existing/init.js');
    return existingMachines(context, host, acceptHostKey);
  }
  if (host.length > 0) throw usageError('--host is of --template static.', 'Say both.');
  return undefined;
}

const next = ({ template }: Options): string =>
  template === 'static'
    ? 'Next: millwright dev --detach, then millwright check: it compares and changes nothing. millwright up changes.'
    : 'Next: millwright doctor --fix, then millwright dev --detach, then millwright plan.';
