export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = sorted.slice(Math.ceil(sorted.length / 2) - 1, middle + 1);
  return sorted.length % 2 === 1 ? low : (low + high) / 2;
}

/** Median of `a / b` pair by pair: what slows both down for a while cancels out. */
export const medianRatio = (pairs: readonly (readonly [number, number])[]): number =>
  median(pairs.map(([a, b]) => a / b));

export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));
