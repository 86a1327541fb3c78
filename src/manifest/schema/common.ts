import { z } from 'zod';

/** A map with exactly these keys. The message of an unknown key is the list of known ones, for "did you mean". */
export const object = <S extends z.ZodRawShape>(shape: S) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(', ') : undefined),
  });

/** Text of a certain form. `what` completes the sentence `"x" is not …`. */
export const form = (regex: RegExp, what: string) => z.string({ error: what }).regex(regex, { error: what });

export const whole = (min: number, max: number) => z.number().int().min(min).max(max);

/** Any text, not empty. Expressions in it are rendered by plan/. */
export const text = z.string().min(1);

export const oneOrMore = <T extends z.ZodType>(item: T, what: string) =>
  z.union([item, z.array(item).min(1)], { error: what });

export const dnsLabel = (max: number) =>
  form(
    new RegExp(`^[a-z0-9](?:[a-z0-9-]{0,${max - 2}}[a-z0-9])?$`),
    `a name of at most ${max} lower-case letters, digits and inner hyphens`,
  );

/** Names of configs, people, sites, images, networks, groups, disks. */
export const name = dnsLabel(63);

const identifierForm = 'a name of letters, digits and underscores that starts with no digit';
/** Names of vars, secrets and environment variables. */
export const identifier = form(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, identifierForm);

export const absolutePath = form(/^\/[^\n]*$/, 'an absolute path, which starts with /');

const unitBytes: Record<string, number> = { MiB: 1, GiB: 1024, TiB: 1024 * 1024 };
const sizeForm = 'a size such as 512MiB or 4GiB';
/** `512MiB` to MiB. */
export const size = form(/^[1-9][0-9]{0,6}(?:MiB|GiB|TiB)$/, sizeForm).transform(toMiB);

function toMiB(written: string): number {
  return Number.parseInt(written, 10) * (unitBytes[written.slice(-3)] ?? 1);
}

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const durationForm = 'a duration such as 500ms, 30s, 5m or 1h';
/** `30s` to milliseconds. */
export const duration = form(/^[0-9]{1,6}(?:ms|s|m|h|d)$/, durationForm).transform(toMs);

function toMs(written: string): number {
  return Number.parseInt(written, 10) * (unitMs[written.replace(/^[0-9]+/, '')] ?? 1);
}

/** The same within limits, both included. */
export const between = (least: string, most: string) =>
  duration.refine((ms) => ms >= toMs(least) && ms <= toMs(most), {
    error: `a duration from ${least} to ${most}`,
  });

export const port = whole(1, 65_535);

export const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: 'text, a number, true or false',
});

/** What vars and items of `each` may hold: scalars, lists and maps of these, as deep as a file may nest. */
export type Data = string | number | boolean | readonly Data[] | { readonly [key: string]: Data };

const dataForm = 'text, a number, true or false, or a list or map of these';
export const data: z.ZodType<Data> = z.lazy(() =>
  z.union([scalar, z.array(data), z.record(z.string(), data)], { error: dataForm }),
);

export const vars = z.record(identifier, data);

/** Environment of a command: always text, as `1.20` must not become `1.2` on the way. */
export const env = z.record(identifier, z.string());
