import { problemAt, type Rule } from '../draft.js';

/** A command says what an interrupted one may do: when it need not run, or that it may always. */
export const commandsHaveOneGuard: Rule = (draft) =>
  Object.values(draft.manifest.configs).flatMap((config) =>
    config.resources.flatMap((resource) => {
      if (resource.type !== 'command' || !draft.isSound(resource.path)) return [];
      if (resource.once && resource.always)
        return [
          problemAt(
            draft,
            `${resource.path}.always`,
            '"once" and "always" contradict each other.',
            'Keep one.',
          ),
        ];
      const guarded = [resource.unless, resource.onlyIf, resource.creates].some(
        (guard) => guard !== undefined,
      );
      if (guarded || resource.once || resource.always) return [];
      return [problemAt(draft, resource.path, `Nothing says when "${resource.name}" need not run.`, guards)];
    }),
  );

const nobodyUndoes: readonly string[] = ['command', 'ansible', 'puppet'];

/** What acts under a timer must be able to take back what it did. */
export const riskyStepsCanBeUndone: Rule = (draft) =>
  Object.values(draft.manifest.configs).flatMap((config) =>
    config.resources.flatMap((resource) =>
      nobodyUndoes.includes(resource.type) && resource.risky
        ? [
            problemAt(
              draft,
              `${resource.path}.risky`,
              `A risky step undoes itself unless a new connection confirms it, and nothing undoes a ${resource.type}.`,
              'Remove it, or bring the same about by types that can be undone, such as file and service.',
            ),
          ]
        : [],
    ),
  );

const guards = 'Write one of: unless, onlyIf, creates, once: true (per instance and inputs), always: true.';

/** A check that runs a program does so on a machine, never on a worker. */
export const commandChecksRunOnMachines: Rule = (draft) =>
  Object.values(draft.manifest.configs).flatMap((config) =>
    config.verify.flatMap((check) =>
      check.type === 'command' && check.from === 'outside'
        ? [
            problemAt(
              draft,
              `${check.path}.from`,
              'A command does not run on a site worker.',
              'Write inside, or the name of a machine.',
            ),
          ]
        : [],
    ),
  );
