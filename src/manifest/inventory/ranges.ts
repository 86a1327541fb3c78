/** Names that a pattern stands for: `web[01:50]`, `db-[a:c]`, `n[1:9:2]`, also several in one name. */
export function expandRange(pattern: string): string[] {
  const found = /^(.*?)\[([0-9]+|[A-Za-z]):([0-9]+|[A-Za-z])(?::([0-9]+))?\](.*)$/.exec(pattern);
  if (!found) return [pattern];
  const [, before = '', from = '', to = '', step = '1', after = ''] = found;
  return between(from, to, Math.max(1, Number(step))).flatMap((part) =>
    expandRange(after).map((rest) => `${before}${part}${rest}`),
  );
}

const MOST = 100_000;

/** Numbers keep the width of the first one, as Ansible has it. */
function between(from: string, to: string, step: number): string[] {
  const numbers = /^[0-9]+$/.test(from) && /^[0-9]+$/.test(to);
  const [first, last] = numbers ? [Number(from), Number(to)] : [from.charCodeAt(0), to.charCodeAt(0)];
  const width = numbers && from.length > 1 && from.startsWith('0') ? from.length : 0;
  const all: string[] = [];
  for (let n = first; n <= last && all.length < MOST; n += step)
    all.push(numbers ? String(n).padStart(width, '0') : String.fromCharCode(n));
  return all;
}
