import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SECRET = 'SHOP_DB_PASSWORD';

/** Where the demo lives: a copy of the example to play with, its secret, and settings that allow it. */
export interface DemoPlace {
  readonly root: string;
  readonly fleet: string;
  readonly settings: string;
  readonly secret: string;
  /** For a shell: sets what the demo's own commands run with. */
  readonly envFile: string;
}

export function demoPlace(state: string): DemoPlace {
  const root = join(state, 'demo');
  return {
    root,
    fleet: join(root, 'shop'),
    settings: join(root, 'settings.yaml'),
    secret: join(root, SECRET),
    envFile: join(root, 'env'),
  };
}

/** Makes what isn't there; what the person has changed stays. Answers the environment of the demo's commands. */
export function furnish(place: DemoPlace, state: string): Record<string, string> {
  mkdirSync(place.root, { recursive: true, mode: 0o700 });
  if (!existsSync(place.fleet)) cpSync(example(), place.fleet, { recursive: true });
  keep(place.secret, () => `${randomBytes(18).toString('base64url')}\n`);
  keep(place.settings, () => `sites:\n  main:\n    secrets: {env: [${SECRET}]}\n`);
  const env = environmentOf(place, state);
  keep(place.envFile, () => shell(place, env));
  return env;
}

const environmentOf = (place: DemoPlace, state: string): Record<string, string> => ({
  MILLWRIGHT_STATE: state,
  MILLWRIGHT_SETTINGS: place.settings,
  [SECRET]: readFileSync(place.secret, 'utf8').trim(),
});

const example = (): string => fileURLToPath(new URL('../../../examples/shop', import.meta.url));

function keep(path: string, text: () => string): void {
  if (!existsSync(path)) writeFileSync(path, text(), { mode: 0o600, flag: 'wx' });
}

/** The secret is read from its file, so that it stands in one place only. */
const shell = (place: DemoPlace, env: Record<string, string>): string =>
  [
    ...Object.entries(env)
      .filter(([name]) => name !== SECRET)
      .map(([name, value]) => `export ${name}='${value}'`),
    `export ${SECRET}="$(cat '${place.secret}')"`,
    '',
  ].join('\n');
