/** A count of machines, or a share of some such as `25%`. */
export type Size = number | `${number}%`;

/** Machines that a size means, of `total`; of a share, what `round` makes of it. */
export const machinesOf = (size: Size, total: number, round: (n: number) => number = Math.ceil): number =>
  typeof size === 'number' ? size : round((Number.parseInt(size, 10) * total) / 100);

/**
 * Sizes of the batches that a group of `total` machines is worked on in. A share is one of the group, rounded up; the last
 * size is repeated until no machine is left.
 */
export function batchSizes(written: readonly Size[], total: number): number[] {
  const sizes: number[] = [];
  let left = total;
  while (left > 0) {
    const size = written[Math.min(sizes.length, written.length - 1)] ?? total;
    const next = Math.min(left, Math.max(1, machinesOf(size, total)));
    sizes.push(next);
    left -= next;
  }
  return sizes;
}
