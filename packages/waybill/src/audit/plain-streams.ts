import type { Recorded, Store } from '@waybill/core';
import { Found } from './violation';

/** Streams that are kept in memory at once; of each its last version. */
const LIMIT = 200_000;

/** Streams that no actor writes: what must hold of them is that no version is missing or comes twice. */
export class PlainStreams {
  private young = new Map<string, number>();
  private old = new Map<string, number>();

  constructor(private readonly store: Store) {}

  has(stream: string): boolean {
    return this.young.has(stream) || this.old.has(stream);
  }

  /** @throws Found `versions` */
  goOn(row: Recorded): undefined | Promise<undefined> {
    const { stream, version } = row;
    const before = this.young.get(stream) ?? this.old.get(stream);
    if (before !== undefined && version <= before) throw new Found('versions', `version ${version} comes behind version ${before}`, row);
    if (this.young.size >= LIMIT / 2) [this.old, this.young] = [this.young, new Map()];
    this.young.set(stream, version);
    return version === (before ?? -1) + 1 ? undefined : this.mustBeGone(row, before);
  }

  /** What its owner let go of, or a number that was left out of memory. */
  private async mustBeGone({ stream, version, position }: Recorded, before: number | undefined): Promise<undefined> {
    const [first] = await this.store.read(stream, 0, 1);
    if (!first || first.version >= version) return undefined;
    const [last] = before === undefined ? await this.store.read(stream, version - 1, 1) : [];
    if (last?.version === version - 1 && last.position < position) return undefined;
    throw new Found('versions', `version ${(before ?? -1) + 1} is missing before version ${version}`, { stream, version, position });
  }
}
