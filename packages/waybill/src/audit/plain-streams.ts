import type { Recorded, Store } from '@waybill/core';
import { ViolationError } from './violation';

/** How many streams are kept in memory, each with its last version. */
const LIMIT = 200_000;

/** Streams that no actor writes: no version may be missing or come twice. */
export class PlainStreams {
  private young = new Map<string, number>();
  private old = new Map<string, number>();

  /** Whether rows were seen to be gone. */
  hasGaps = false;

  constructor(private readonly store: Store) {}

  has(stream: string): boolean {
    return this.young.has(stream) || this.old.has(stream);
  }

  /** @throws ViolationError `versions` */
  goOn(row: Recorded): undefined | Promise<undefined> {
    const { stream, version } = row;
    const before = this.young.get(stream) ?? this.old.get(stream);
    if (before !== undefined && version <= before)
      throw new ViolationError('versions', `version ${version} follows version ${before}`, row);
    if (this.young.size >= LIMIT / 2) [this.old, this.young] = [this.young, new Map()];
    this.young.set(stream, version);
    return version === (before ?? -1) + 1 ? undefined : this.mustBeGone(row, before);
  }

  /** The gap must be rows that the owner truncated, or a version that is no longer in memory. */
  private async mustBeGone({ stream, version, position }: Recorded, before: number | undefined): Promise<undefined> {
    const [first] = await this.store.read(stream, 0, 1);
    if (!first || first.version >= version) {
      this.hasGaps = true;
      return undefined;
    }
    const [last] = before === undefined ? await this.store.read(stream, version - 1, 1) : [];
    if (last?.version === version - 1 && last.position < position) return undefined;
    throw new ViolationError('versions', `version ${(before ?? -1) + 1} is missing before version ${version}`, {
      stream,
      version,
      position,
    });
  }
}
