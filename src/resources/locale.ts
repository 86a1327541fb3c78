import type { Step } from '../model/index.js';
import { factKey, flag, makeStep } from './step.js';
import { assertName } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedLocale extends ResolvedCommon {
  readonly type: 'locale';
  /** e.g. `de_DE.UTF-8`, `C.UTF-8`. */
  readonly locale: string;
  /** Whether it is LANG for all who log in. */
  readonly default: boolean;
}

const files = ['/etc/locale.gen', '/etc/default/locale', '/etc/locale.conf'] as const;

/** facts: `locale -a`, the files. apply: locale-gen or localedef, then LANG. undo: files back, generated anew. */
export function compileLocale(resource: ResolvedLocale): Step {
  const { id, locale } = resource;
  assertName(locale, /^[A-Za-z]+(_[A-Z]+)?\.UTF-8(@[a-z]+)?$/, id);
  // As `locale -a` spells it.
  const listed = locale.replace('.UTF-8', '.utf8');
  return makeStep({
    ...{ resource, undo: 'best-effort' },
    facts: [{ kind: 'locale', key: listed }, ...files.map((key) => ({ kind: 'whole', key }))],
    variables: {
      locale_name: locale,
      locale_listed: listed,
      locale_source: locale.replace('.UTF-8', ''),
      locale_key: factKey('locale', listed),
      locale_gen_key: factKey('whole', files[0]),
      locale_default_key: factKey('whole', files[1]),
      locale_conf_key: factKey('whole', files[2]),
      locale_is_default: flag(resource.default),
    },
    intent: { locale, default: resource.default },
  });
}
