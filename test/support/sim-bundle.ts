import {
  type BundleOutline,
  bundlePreimage,
  type Digest,
  documentDomains,
  preimage,
  sha256Hex,
  type VerifyCheck,
} from '../../src/model/index.js';

/** A step as tests write it; its id alone where nothing else matters. */
export interface SimStepSpec {
  readonly id: string;
  /** Instead of the fleet's: steps of equal id and version are the same step. */
  readonly version?: string;
  /** Debts it leaves, e.g. `reload service:nginx`; the step of that name pays them. */
  readonly notify?: readonly string[];
  readonly cannotUndo?: boolean;
  /** Of the resource; files where nothing is said. */
  readonly type?: string;
  /** A command without guard: never begun twice by one run. */
  readonly unguarded?: boolean;
  /** A contract that is wrong everywhere; `dirty`: it leaves half of its work behind. */
  readonly fails?: 'clean' | 'dirty';
}
export interface SimStep extends Omit<SimStepSpec, 'version'> {
  readonly hash: Digest;
}

/** What a simulated bundle is: its bytes are this as JSON. */
export interface SimBundle {
  readonly bundle: string;
  readonly steps: readonly SimStep[];
  readonly verify: readonly string[];
  /** Checks that never hold under this bundle. */
  readonly wrong: readonly string[];
}

/** A bundle with the texts from which it is read back by its id. */
export interface CompiledSim {
  readonly bundle: SimBundle;
  readonly outline: BundleOutline;
  readonly texts: readonly string[];
}

export interface SimConfig {
  readonly group: string;
  readonly version: string;
  readonly steps: readonly (string | SimStepSpec)[];
  readonly verify: readonly string[];
  readonly wrong: readonly string[];
}

export function compileSim({ group, version, steps, verify, wrong }: SimConfig): CompiledSim {
  const intents = steps.map((step) => ({
    group,
    version,
    ...(typeof step === 'string' ? { id: step } : step),
  }));
  const texts = intents.map((intent) => preimage(documentDomains.step, intent));
  const hashed: SimStep[] = intents.map(({ group: _, version: __, ...step }, i) => ({
    ...step,
    hash: sha256Hex(texts[i] ?? ''),
  }));
  const outline: BundleOutline = {
    steps: hashed.map(({ id, hash }) => ({ id, hash })),
    verify: verify.map((id) => checkOf(id, wrong.includes(id))),
    slots: [],
  };
  const text = bundlePreimage(outline);
  const bundle: SimBundle = { bundle: sha256Hex(text), steps: hashed, verify, wrong };
  return { bundle, outline, texts: [...texts, text] };
}

const checkOf = (id: string, wrong: boolean): VerifyCheck => ({
  ...{ id, type: 'command', from: 'inside', withinMs: 100, run: wrong ? 'false' : id, env: {} },
});

export const encodeSim = (bundle: SimBundle): Uint8Array => Buffer.from(JSON.stringify(bundle));
export const decodeSim = (bytes: Uint8Array): SimBundle => {
  const { wrong = [], ...rest } = JSON.parse(Buffer.from(bytes).toString('utf8')) as SimBundle;
  return { ...rest, wrong };
};
