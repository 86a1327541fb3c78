/** Segments of a dotted path: names and list indices. */
export type Path = readonly (string | number)[];

const plainName = /^[A-Za-z0-9_-]+$/;

/** `['configs', 'web', 'resources', 2]` is `configs.web.resources[2]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    if (!plainName.test(segment)) return `${text}[${JSON.stringify(segment)}]`;
    return text === '' ? segment : `${text}.${segment}`;
  }, '');
}

/** The reverse of formatPath; undefined where the text is no path. */
export function parsePath(text: string): Path | undefined {
  const path: (string | number)[] = [];
  let rest = text === '' ? '' : `.${text}`.replace(/^\.\[/, '[');
  while (rest !== '') {
    const found = /^(?:\.([A-Za-z0-9_-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\])/.exec(rest);
    if (!found) return undefined;
    const segment = unquoted(found);
    if (segment === undefined) return undefined;
    path.push(segment);
    rest = rest.slice(found[0].length);
  }
  return path;
}

function unquoted([, name, index, quoted]: RegExpExecArray): string | number | undefined {
  if (name !== undefined) return name;
  if (index !== undefined) return Number(index);
  try {
    return JSON.parse(quoted ?? '') as string;
  } catch {
    return undefined;
  }
}

/** Whether a path fits a pattern in which `*` is any one segment. */
export function fits(path: Path, pattern: string): boolean {
  const parts = pattern.split('.');
  return parts.length === path.length && parts.every((part, i) => part === '*' || part === String(path[i]));
}
