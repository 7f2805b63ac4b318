import type { Recorded } from '@waybill/core';
import { isBucketList } from '@waybill/core/internal';
import type { ActorDefinition } from '@waybill/core/internal';
import type { Reader } from '../base/readers';
import type { ActorHistory } from './actor-history';
import type { ParsedRow } from './parsed-row';
import { parseRow } from './parsed-row';
import { ViolationError } from './violation';

/** What a row of a bucket says of the row that set the deadline. */
interface Armed {
  readonly type?: unknown;
  readonly meta?: unknown;
  readonly stream?: unknown;
  readonly version?: unknown;
}
/** What the meta of a row of a clock may hold besides its cause. */
interface ClockMeta {
  readonly armed?: Armed;
  /** It is the last row of its bucket. */
  readonly ended?: boolean;
  readonly open?: readonly string[];
  readonly all?: boolean;
}

/**
 * Deadlines are copied to a bucket per minute: a pending one must be in a bucket that the clock will read, which is listed and not
 * ended. Keeps a number and a name for each row of a bucket.
 */
export class Buckets {
  /** By position of the row that set a deadline: the newest bucket that holds it. */
  private readonly buckets = new Map<number, string>();
  private readonly ended = new Set<string>();
  /** By the stream that lists them: the buckets that a clock will read. */
  private readonly lists = new Map<string, Set<string>>();
  private readonly clocks: readonly Reader[];

  constructor(readers: readonly Reader[]) {
    this.clocks = readers.filter(({ isClock }) => isClock);
  }

  /** A row of a bucket, and the row that it copies unless that was truncated. @throws ViolationError `deadlines` */
  kept({ row, cause }: ParsedRow, source: Recorded | undefined): void {
    const { armed, ended, ...list } = JSON.parse(row.meta) as ClockMeta;
    if (isBucketList(row.stream)) return this.listed(row, list);
    if (ended) this.ended.add(row.stream);
    else this.buckets.set(cause.position, row.stream);
    const due = dueOf(armed?.meta);
    if (!armed || due === undefined) throw new ViolationError('deadlines', 'the row of a bucket does not say which deadline it holds', row);
    if (!source) return;
    const { kind, type, meta } = parseRow(source);
    const same = kind === 'armed' && source.id === cause.id && meta.due === due && type === armed.type;
    const sameData = ended ? row.data === '{}' : row.erased || source.erased || row.data === source.data;
    if (!same || !sameData || source.stream !== armed.stream || source.version !== armed.version)
      throw new ViolationError('deadlines', `the row of a bucket holds another deadline than the one at position ${cause.position}`, row);
  }

  /** @throws ViolationError `deadlines` */
  private listed(row: Recorded, { open, all }: ClockMeta): void {
    if (!Array.isArray(open) || row.data !== '{}')
      throw new ViolationError('deadlines', 'a row of the list of buckets is not one that a clock writes', row);
    if (all) this.lists.delete(row.stream);
    const list = this.lists.get(row.stream) ?? new Set();
    for (const bucket of open as string[]) list.add(row.stream.replace(/0$/, bucket));
    this.lists.set(row.stream, list);
  }

  /** @throws ViolationError `deadlines` */
  endOf({ pending, definition, stream }: ActorHistory, checkpoints: ReadonlyMap<string, number>): void {
    const clock = pending && this.clocks.find((reader) => reader.definition.name === (definition as ActorDefinition | undefined)?.name);
    if (!clock) return;
    const reached = checkpoints.get(clock.checkpoint) ?? 0;
    for (const { type, version, position, parked } of pending.values()) {
      if (parked) continue;
      const why = position > reached ? undefined : this.whyNever(clock.definition.name, position);
      if (why === undefined) continue;
      throw new ViolationError('deadlines', `the deadline ${type} is pending and ${why}: it will never fire`, {
        stream,
        version,
        position,
      });
    }
  }

  private whyNever(saga: string, position: number): string | undefined {
    const stream = this.buckets.get(position);
    if (stream === undefined) return 'is in no bucket';
    if (this.ended.has(stream)) return 'is in a bucket that has ended';
    const list = this.lists.get(`${saga}:due-0`);
    return !list || list.has(stream) ? undefined : 'is in a bucket that is not listed';
  }
}

function dueOf(meta: unknown): number | undefined {
  try {
    return (JSON.parse(meta as string) as { due?: number }).due;
  } catch {
    return undefined;
  }
}
