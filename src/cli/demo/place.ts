import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFree } from '../dev/ports.js';

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
export async function furnish(place: DemoPlace, state: string): Promise<Record<string, string>> {
  mkdirSync(place.root, { recursive: true, mode: 0o700 });
  if (!existsSync(place.fleet)) cpSync(example(), place.fleet, { recursive: true });
  keep(place.secret, () => `${randomBytes(18).toString('base64url')}\n`);
  const ports = await freePorts();
  keep(place.settings, () => settings(ports));
  const env = environmentOf(place, state);
  keep(place.envFile, () => shell(place, env));
  return env;
}

/** 7233 and 8233, or the next hundred where another program has them. */
async function freePorts(): Promise<{ grpc: number; ui: number }> {
  for (let grpc = 7233; grpc < 8233; grpc += 100) {
    if ((await isFree(grpc)) && (await isFree(grpc + 1000))) return { grpc, ui: grpc + 1000 };
  }
  return { grpc: 7233, ui: 8233 };
}

const settings = (ports: { grpc: number; ui: number }): string =>
  `sites:\n  main:\n    secrets: {env: [${SECRET}]}\ndev:\n  ports: {grpc: ${ports.grpc}, ui: ${ports.ui}}\n`;

const environmentOf = (place: DemoPlace, state: string): Record<string, string> => ({
  MILLWRIGHT_STATE: state,
  MILLWRIGHT_SETTINGS: place.settings,
  [SECRET]: readFileSync(place.secret, 'utf8').trim(),
});

/** Where `millwright` itself lies: a clone that nobody linked is on no PATH. */
const programs = (): string => fileURLToPath(new URL('../../../bin', import.meta.url));

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
    `export PATH='${programs()}':"$PATH"`,
    '',
  ].join('\n');
