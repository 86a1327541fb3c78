/** A history has an end: more machines are several workflows, one after the other. */
const atOnce = 500;

export const slicesOf = <T>(machines: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(machines.length / atOnce) }, (_, n) =>
    machines.slice(n * atOnce, (n + 1) * atOnce),
  );
