import { makeBundle } from '../bundle/index.js';
import type { LoadedFleet, Location, ManifestCheck, ManifestResource } from '../manifest/types.js';
import { type Bundle, MillwrightError, type Step, sha256Hex, type VerifyCheck } from '../model/index.js';
import { compileResource, type ResolvedHosts, type Resource } from '../resources/index.js';
import { type FlatConfig, flattenConfig } from './config.js';
import { hasExpression, type Renderer, type Scope } from './expression.js';
import type { DeclaredMachine } from './machines.js';
import type { Problems } from './problems.js';
import { resolveResource, type Surroundings } from './resolve.js';
import type { FleetScope } from './scope.js';
import { bundleSlots } from './slots.js';
import { Texts } from './texts.js';
import { resolveCheck } from './verify.js';

/** What all groups of one compile share. */
export interface Workshop {
  readonly fleet: LoadedFleet;
  readonly scope: FleetScope;
  readonly renderer: Renderer;
  readonly problems: Problems;
  readonly hosts: ResolvedHosts['entries'];
}

/** Compiles one group's config for each of its machines; what doesn't speak of `machine` only once. */
export class GroupCompiler {
  readonly #shop: Workshop;
  readonly #config: FlatConfig;
  readonly #vars: FlatConfig['vars'];
  readonly #around: Surroundings;
  readonly #shared = new Map<ManifestResource | ManifestCheck, Step | VerifyCheck | undefined>();
  readonly #idsVary: boolean;
  /** Words by which a text may differ from machine to machine. */
  readonly #own: RegExp;
  #bundle: Bundle | undefined;

  constructor(shop: Workshop, name: string) {
    const { manifest, sources, blobs, trees } = shop.fleet;
    const group = manifest.groups[name];
    this.#shop = shop;
    this.#config = flattenConfig(manifest, group?.config ?? '');
    this.#vars = { ...this.#config.vars, ...manifest.vars, ...group?.vars };
    const services = this.#config.resources.filter((resource) => resource.type === 'service');
    this.#around = { people: manifest.people, sources, blobs, trees, hosts: shop.hosts, services };
    const ownVars = Object.values(group?.machines ?? {}).some(({ vars }) => Object.keys(vars).length > 0);
    this.#own = ownVars ? /\b(machine|vars)\b/ : /\bmachine\b/;
    this.#idsVary = this.#config.resources.some((resource) => hasExpression(resource.id));
  }

  /** Undefined where problems were found. */
  bundle(machine: DeclaredMachine): Bundle | undefined {
    if (this.#bundle) return this.#bundle;
    const { resources, verify } = this.#config;
    const steps = resources.map((one) => this.#each(one, machine, (texts) => this.#step(one, texts)));
    const checks = verify.map((one) => this.#each(one, machine, (texts) => resolveCheck(one, texts)));
    this.#refuseEqualIds(checks, verify);
    if (this.#idsVary) this.#refuseEqualIds(steps, resources);
    if (!steps.every(isDefined) || !checks.every(isDefined)) return undefined;
    const bundle = makeBundle({ steps, verify: checks, slots: bundleSlots(steps, checks, this.#shop.scope) });
    if (this.#shared.size === resources.length + verify.length) this.#bundle = bundle;
    return bundle;
  }

  #each<T extends Step | VerifyCheck>(
    one: ManifestResource | ManifestCheck,
    machine: DeclaredMachine,
    compile: (texts: Texts) => T | undefined,
  ): T | undefined {
    if (this.#shared.has(one)) return this.#shared.get(one) as T | undefined;
    const own = this.#speaksOfMachine(one);
    const vars = { ...this.#vars, ...machine.existing?.vars };
    const { scope } = this.#shop;
    const texts = this.#texts(one.path, own ? scope.ofMachine(vars, machine) : scope.of(this.#vars));
    const compiled = compile(texts.about('item' in one ? one.item : undefined));
    if (!own) this.#shared.set(one, compiled);
    return compiled;
  }

  #texts(path: string, scope: Scope): Texts {
    return new Texts(path, scope, this.#shop.renderer, this.#shop.problems);
  }

  #step(resource: ManifestResource, texts: Texts): Step | undefined {
    const resolved = resolveResource(resource, texts, this.#around);
    if (!resolved) return undefined;
    try {
      return withTexts(compileResource(resolved), resolved);
    } catch (error) {
      if (!(error instanceof MillwrightError)) throw error;
      const { message, remedy } = error.info;
      this.#shop.problems.at(resource.path, { message, remedy });
      return undefined;
    }
  }

  /** Expressions may make two ids equal that differ as written. */
  #refuseEqualIds(
    compiled: readonly ({ readonly id: string } | undefined)[],
    written: readonly { readonly path: string }[],
  ): void {
    const first = new Map<string, string>();
    for (const [index, one] of compiled.entries()) {
      const path = written[index]?.path ?? '';
      const earlier = one && first.get(one.id);
      if (one && earlier) this.#shop.problems.at(path, duplicate(one.id, this.#shop.fleet.where(earlier)));
      else if (one) first.set(one.id, path);
    }
  }

  readonly #speaks = new Map<object, boolean>();
  /** Errs on the side of compiling once per machine: the word anywhere is enough. */
  #speaksOfMachine(one: ManifestResource | ManifestCheck): boolean {
    const known = this.#speaks.get(one);
    if (known !== undefined) return known;
    const speaks = this.#own.test(`${JSON.stringify(one)} ${this.#templateOf(one)}`);
    this.#speaks.set(one, speaks);
    return speaks;
  }

  #templateOf(one: ManifestResource | ManifestCheck): string {
    const path =
      one.type === 'file'
        ? one.template
        : 'kinds' in one
          ? templatePath(one.kinds, one.attributes)
          : undefined;
    return path === undefined ? '' : (this.#around.sources[path] ?? '');
  }
}

/** A step with slots carries its text in pieces: the whole is kept beside them, for people. */
function withTexts(step: Step, resource: Resource): Step {
  if (step.slots.length === 0 || step.texts !== undefined) return step;
  const text =
    resource.type === 'file' ? resource.content : resource.type === 'command' ? resource.stdin : undefined;
  return { ...step, texts: typeof text === 'string' ? { [sha256Hex(text)]: text } : {} };
}

function templatePath(
  kinds: Readonly<Record<string, string>>,
  attributes: Readonly<Record<string, unknown>>,
): string | undefined {
  const name = Object.keys(kinds).find((one) => kinds[one] === 'template');
  return name === undefined ? undefined : (attributes[name] as string | undefined);
}

const duplicate = (id: string, earlier: Location | undefined) => ({
  message: `${id} is declared ${earlier ? `at ${earlier.file}:${earlier.line} ` : ''}already.`,
  remedy: 'Remove one of them, or give one another name.',
});

const isDefined = <T>(value: T | undefined): value is T => value !== undefined;
