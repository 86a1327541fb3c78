import { formatPath, type Path } from './path.js';

/** Paths, asked about by what lies above and below them in time that doesn't grow with their number. */
export class PathSet {
  private readonly members = new Set<string>();
  private readonly aboveMembers = new Set<string>();

  constructor(paths: readonly Path[]) {
    for (const path of paths) {
      this.members.add(formatPath(path));
      for (const above of prefixes(path)) this.aboveMembers.add(above);
    }
  }

  /** Whether a member is this path or above it. */
  covers(path: Path): boolean {
    return prefixes(path).some((above) => this.members.has(above));
  }

  /** Whether a member is this path or below it. */
  reachesInto(path: Path): boolean {
    return this.aboveMembers.has(formatPath(path));
  }
}

const prefixes = (path: Path): string[] =>
  Array.from({ length: path.length + 1 }, (_, length) => formatPath(path.slice(0, length)));
