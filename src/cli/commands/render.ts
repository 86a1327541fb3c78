import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { Exit } from '../exit.js';

export function configure(command: Command, run: Runner): void {
  command
    .argument('<target>', 'a machine, or several')
    .argument('[id]', 'one resource or check, such as file:/etc/motd')
    .addHelpText(
      'after',
      examples(
        'millwright render web-1',
        'millwright render web-1 file:/etc/nginx/conf.d/shop.conf',
        'millwright render db -o json',
      ),
    )
    .action(run(render));
}

/** From the files alone: no record, no machine and no server is asked. */
async function render(context: Context, target: string, id: string | undefined): Promise<number> {
  const { endWithProblems, loadOrEnd } = await import('../fleet.js');
  const { compile, partsText, renderBundle } = await import('../../plan/index.js');
  const { selectTargets } = await import('../targets.js');
  const fleet = await loadOrEnd(context);
  const compiled = compile(fleet, {});
  if (!compiled.ok) return endWithProblems(context, compiled.problems, 1);
  const candidates = compiled.targets.map((one) => ({
    ...one,
    machine: one.ref.machine,
    outcome: null,
    debts: [],
  }));
  const chosen = selectTargets([target], [], candidates);
  const machines = chosen.map((one) => {
    const bundle = compiled.bundles.get(one.bundle);
    return { machine: one.machine, bundle: one.bundle, parts: bundle ? renderBundle(bundle, id) : [] };
  });
  if (id !== undefined && machines.every((one) => one.parts.length === 0))
    throw await unknownId(target, id, chosen);
  const document = {
    schema: 'millwright/render/v1',
    fleet: fleet.manifest.fleet,
    environment: fleet.manifest.environment,
    machines,
  };
  const texts = machines.map(
    (one) => `${machines.length > 1 ? `# ${one.machine}\n` : ''}${partsText(one.parts)}`,
  );
  // Exactly what a machine would get, whatever it is.
  if (context.flags.output === 'text') context.io.out(texts.join('\n'));
  else context.emit(document, () => '');
  return Exit.asAsked;
}

async function unknownId(
  target: string,
  id: string,
  chosen: readonly { steps: readonly string[]; verify: readonly { id: string }[] }[],
): Promise<Error> {
  const { didYouMean } = await import('../suggest.js');
  const ids = chosen.flatMap((one) => [...one.steps, ...one.verify.map((check) => check.id)]);
  return usageError(
    `${target} has no ${id}.${didYouMean(id, ids)}`,
    `millwright render ${target} shows all.`,
    'MW-RENDER-UNKNOWN',
  );
}
