import type { CheckpointAt, NewEvent, SnapshotAt, ViewWrite, Write, Written } from '@waybill/core';
import type { CommitFailure } from '../file/failure';

/**
 * What one transaction writes. Appends are packed into one text and one array of numbers, which cross to a worker about four
 * times faster than objects.
 */
export interface Batch {
  readonly text: string;
  readonly numbers: Float64Array;
  readonly sideWrites: readonly SideWrite[];
}

/** A write to the tables other than the log. */
export type SideWrite =
  | { readonly kind: 'checkpoint'; readonly consumer: string; readonly at: CheckpointAt }
  | { readonly kind: 'rewind'; readonly consumer: string; readonly store: string; readonly position: number }
  | { readonly kind: 'snapshot'; readonly stream: string; readonly at: SnapshotAt }
  | { readonly kind: 'truncate'; readonly stream: string; readonly before: number }
  | { readonly kind: 'views'; readonly view: string; readonly writes: readonly ViewWrite[] }
  | { readonly kind: 'drop'; readonly view: string }
  | { readonly kind: 'keep'; readonly subject: string; readonly secret: string }
  | { readonly kind: 'forget'; readonly subject: string }
  | { readonly kind: 'settings' };

/**
 * By kind of write. `ahead`: refused, because a position is above the log's head or a version above the stream's last; it holds
 * that head or version.
 */
export interface SideResult {
  readonly ahead?: number;
  readonly epoch?: number;
  /** For each view write, whether its expected position matched. */
  readonly applied?: readonly boolean[];
  readonly secret?: string;
  /** Forgotten, but a reader in another process still keeps it in the -wal file. */
  readonly stillInWal?: boolean;
  readonly settings?: WriterSettings;
}

/** As the writing connection reports them. */
export interface WriterSettings {
  readonly journalMode: string;
  readonly synchronous: 'off' | 'normal' | 'full' | 'extra';
}

export interface Committed {
  /** Two numbers per write: version and position of its last row; position 0 for a conflict, then the actual version. */
  readonly written: readonly number[];
  readonly sideResults: readonly SideResult[];
}

export type CommitResult = Committed | { readonly failure: CommitFailure };

/** 'none' in a packed write. */
export const NONE = -1;

export function pack(calls: readonly (readonly Write[])[], sideWrites: readonly SideWrite[]): Batch {
  const texts: string[] = [];
  const numbers: number[] = [];
  for (const writes of calls) {
    for (const { stream, expected, events } of writes) {
      texts.push(stream);
      numbers.push(stream.length, expected === 'none' ? NONE : expected, events.length);
      for (const { id, type, data, meta, time } of events) {
        texts.push(id, type, meta, data);
        numbers.push(id.length, type.length, meta.length, data.length, time);
      }
    }
  }
  return { text: texts.join(''), numbers: Float64Array.from(numbers), sideWrites };
}

/** Reads a batch in the order in which `pack` wrote it. */
export class Unpacking {
  private at = 0;
  private offset = 0;

  constructor(private readonly batch: Batch) {}

  more(): boolean {
    return this.at < this.batch.numbers.length;
  }

  /** The next write: stream, expected version and number of events; the caller must then read exactly that many. */
  write(): { stream: string; expected: number; count: number } {
    return { stream: this.string(this.number()), expected: this.number(), count: this.number() };
  }

  event(): NewEvent {
    const sizes = [this.number(), this.number(), this.number(), this.number()] as const;
    const time = this.number();
    return {
      id: this.string(sizes[0]),
      type: this.string(sizes[1]),
      meta: this.string(sizes[2]),
      data: this.string(sizes[3]),
      time,
    };
  }

  private number(): number {
    return this.batch.numbers[this.at++]!;
  }

  private string(length: number): string {
    return this.batch.text.slice(this.offset, (this.offset += length));
  }
}

export function writtenFrom(version: number, position: number): Written {
  return position > 0 ? { ok: true, version, position } : { ok: false, actual: version === NONE ? 'none' : version };
}
