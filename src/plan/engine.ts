import { type FilterImplOptions, filters, Liquid } from 'liquidjs';
import { LateValue } from './late.js';

/** Filters whose result depends on their input alone: none reads the clock, the locale or chance. */
export const filterNames = [
  ...['abs', 'append', 'at_least', 'at_most', 'base64_encode', 'capitalize', 'ceil', 'compact', 'concat'],
  ...[
    'default',
    'divided_by',
    'downcase',
    'escape',
    'first',
    'floor',
    'join',
    'json',
    'last',
    'lstrip',
    'map',
  ],
  ...['minus', 'modulo', 'plus', 'prepend', 'remove', 'remove_first', 'replace', 'replace_first', 'reverse'],
  ...['round', 'rstrip', 'sha256', 'size', 'slice', 'sort', 'split', 'squish', 'strip', 'strip_newlines'],
  ...['times', 'truncate', 'uniq', 'upcase', 'url_encode', 'where'],
];

/** None opens another file; `echo` and `capture` would print around the check for late values. */
export const tagNames = ['#', 'assign', 'break', 'case', 'comment', 'continue', 'for', 'if', 'raw', 'unless'];

/** Generous for configuration, small enough to end a template that was written to hang the planner. */
export const limits = { parseLimit: 2_000_000, renderLimit: 5_000, memoryLimit: 50_000_000 };

/** LiquidJS as templates may use it: nothing undefined, no file, no inherited property, late values printed only. */
export function createEngine(within = limits): Liquid {
  const engine = new Liquid({
    ...within,
    outputDelimiterLeft: '${{',
    outputDelimiterRight: '}}',
    tagDelimiterLeft: '${%',
    tagDelimiterRight: '%}',
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    catchAllErrors: true,
    // `-` takes away the rest of a line with its end, never the indentation of the next.
    greedy: false,
    dynamicPartials: false,
    relativeReference: false,
    templates: {},
    outputEscape: (value: unknown) => (LateValue.is(value) ? LateValue.token(value) : value) as string,
  });
  for (const name of Object.keys(engine.tags)) if (!tagNames.includes(name)) delete engine.tags[name];
  for (const name of Object.keys(engine.filters)) engine.unregisterFilter(name);
  for (const name of filterNames) engine.registerFilter(name, guarded(filters[name]));
  return engine;
}

type Handler = Extract<FilterImplOptions, (...args: never[]) => unknown>;

/** Some filters pass over what they don't understand; a late value must never be passed over. */
function guarded(filter: FilterImplOptions | undefined): Handler {
  const handler = (typeof filter === 'function' ? filter : filter?.handler) as Handler;
  return function (this, ...args) {
    for (const arg of args) if (LateValue.is(arg)) LateValue.refuse(arg);
    return handler.apply(this, args);
  };
}
