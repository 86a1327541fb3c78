import {
  type Condition,
  type FactName,
  type FactRequest,
  factKind,
  factsOf,
  type Json,
  MillwrightError,
  parseCondition,
} from '../model/index.js';
import { factKey } from './factKey.js';
import { quote } from './quote.js';
import type { ResolvedCommon } from './types.js';

/** What the attributes of every type add to a step. Nothing where a resource has none of them. */
export interface CommonParts {
  /** Lines of the step's script: variables that the runner judges by. */
  readonly lines: readonly string[];
  readonly facts: readonly FactRequest[];
  readonly intent: Readonly<Record<string, Json>>;
}

type Common = ResolvedCommon & { readonly type: string };

/** Throws MW-MANIFEST-WHEN for a condition that cannot be read. */
export function commonParts(resource: Common): CommonParts {
  const condition = resource.when === undefined ? undefined : readCondition(resource, resource.when);
  const facts = condition === undefined ? [] : factsOf(condition);
  return {
    lines: [...conditionLines(resource.when, condition), ...limitLines(resource)],
    facts: facts.map((key) => ({ kind: 'os', key })),
    intent: commonIntent(resource),
  };
}

function readCondition({ id }: Common, text: string): Condition {
  const parsed = parseCondition(text);
  if (parsed.ok) return parsed.condition;
  const { message, write: remedy } = parsed.problem;
  throw new MillwrightError(
    { code: 'MW-MANIFEST-WHEN', cause: 'change', message: `${id}: ${message}`, step: id, remedy },
    false,
  );
}

function conditionLines(text = '', condition?: Condition): string[] {
  if (condition === undefined) return [];
  return [
    `when=${quote(text.trim())}`,
    `when_holds() {\n  ${shellOf(condition)}\n}`,
    `when_found() {\n  found=${foundText(factsOf(condition))}\n}`,
  ];
}

const variable = (fact: FactName): string => `$f_os_${factKey('os', fact)}`;

/** A list command of sh that is true where the condition holds. */
function shellOf(condition: Condition): string {
  if (condition.kind === 'not') return `! { ${shellOf(condition.of)}; }`;
  if (condition.kind !== 'is')
    return condition.of.map((one) => `{ ${shellOf(one)}; }`).join(condition.kind === 'and' ? ' && ' : ' || ');
  const { fact, by, value } = condition;
  if (factKind(fact).number) return `[ "\${f_os_${factKey('os', fact)}:-0}" ${numeric[by]} ${value} ]`;
  return `[ "${variable(fact)}" ${by === '==' ? '=' : '!='} ${quote(String(value))} ]`;
}

const numeric = { '==': '-eq', '!=': '-ne', '<': '-lt', '<=': '-le', '>': '-gt', '>=': '-ge' } as const;

/** `it is alpine`; of several facts each with its name. */
function foundText(facts: readonly FactName[]): string {
  const [only] = facts;
  const one = (fact: FactName): string => `\${f_os_${factKey('os', fact)}:-unknown}`;
  if (facts.length === 1 && only) return `"it is ${one(only)}"`;
  return `"${facts.map((fact) => `${fact} is ${one(fact)}`).join(', ')}"`;
}

/** A command limits its program and its guards by itself. */
function limitLines({ type, timeoutMs, retries, sensitive }: Common): string[] {
  const seconds = timeoutMs === undefined || type === 'command' ? undefined : Math.ceil(timeoutMs / 1000);
  const words = [
    ...(seconds === undefined ? [] : [`step_limit=${Math.max(1, seconds)}`]),
    ...(retries === undefined
      ? []
      : [`attempts=${retries.count + 1} attempt_delay=${retries.delayMs / 1000}`]),
    ...(sensitive ? ['sensitive=1'] : []),
  ];
  return words.length === 0 ? [] : [words.join(' ')];
}

function commonIntent({ type, when, timeoutMs, retries, sensitive }: Common): Record<string, Json> {
  return {
    ...(when === undefined ? {} : { when: when.trim() }),
    ...(timeoutMs === undefined || type === 'command' ? {} : { timeoutMs }),
    ...(retries === undefined ? {} : { retries: { count: retries.count, delayMs: retries.delayMs } }),
    ...(sensitive ? { sensitive } : {}),
  };
}
