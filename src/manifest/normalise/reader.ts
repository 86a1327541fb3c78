import type { z } from 'zod';
import { itemsOf, keysOf, type MapNode, toValue } from '../node.js';
import type { Path } from '../path.js';
import type { PathSet } from '../pathSet.js';
import { nodeAt } from '../position.js';

/** Reads the parts of a tree that no complaint touches, so that the rest can still be judged. */
export class Reader {
  constructor(
    readonly tree: MapNode,
    private readonly complaints: PathSet,
  ) {}

  /** The part as its schema gives it; undefined when absent or broken. */
  part<T extends z.ZodType>(schema: T, path: Path): z.infer<T> | undefined {
    const node = nodeAt(this.tree, path);
    if (!node || !this.isSound(path)) return undefined;
    return schema.parse(toValue(node));
  }

  /** The part without those of its keys that are broken; undefined when the rest doesn't do. */
  partOf<T extends z.ZodType>(schema: T, path: Path): z.infer<T> | undefined {
    const node = nodeAt(this.tree, path);
    if (node?.kind !== 'map') return undefined;
    const sound = [...node.entries].filter(([key]) => this.isSound([...path, key]));
    return schema.safeParse(toValue({ ...node, entries: new Map(sound) })).data;
  }

  /** Each named entry under a path, without the broken ones. */
  named<T, U>(
    path: Path,
    read: (path: Path, name: string) => T | undefined,
    use: (value: T) => U,
  ): Record<string, U> {
    const entries = keysOf(nodeAt(this.tree, path)).flatMap((name): [string, U][] => {
      const value = read([...path, name], name);
      return value === undefined ? [] : [[name, use(value)]];
    });
    return Object.fromEntries(entries);
  }

  /** Each item of a list by its index as written, as far as it can be read. */
  items<T extends z.ZodType>(schema: T, path: Path): { value: z.infer<T>; path: Path }[] {
    return itemsOf(nodeAt(this.tree, path)).flatMap((_, index) => {
      const value = this.partOf(schema, [...path, index]);
      return value === undefined ? [] : [{ value, path: [...path, index] }];
    });
  }

  isSound(path: Path): boolean {
    return !this.complaints.covers(path) && !this.complaints.reachesInto(path);
  }
}
