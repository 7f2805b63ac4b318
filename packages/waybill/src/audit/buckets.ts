import { loadClock } from '@waybill/core';
import type { ActorDefinition, Recorded, Store } from '@waybill/core';
import type { Reader } from '../base/readers';
import type { ActorHistory } from './actor-history';
import type { ParsedRow } from './parsed-row';
import { parseRow } from './parsed-row';
import { ViolationError } from './violation';

interface Clock {
  readonly name: string;
  readonly checkpoint: string;
  /** The last minute of which all deadlines have fired. */
  done: number;
}
/** What a row of a bucket says of the row that set the deadline. */
interface Armed {
  readonly type?: unknown;
  readonly meta?: unknown;
  readonly stream?: unknown;
  readonly version?: unknown;
}

/**
 * Deadlines are copied to a bucket per minute: a pending one must be in a bucket that is not done. Keeps two numbers for each row
 * of a bucket.
 */
export class Buckets {
  private readonly minutes = new Map<number, number>();
  private readonly clocks: Clock[];

  constructor(readers: readonly Reader[]) {
    const clocks = readers.filter(({ checkpoint }) => checkpoint.endsWith(':deadlines'));
    this.clocks = clocks.map(({ definition: { name }, checkpoint }) => ({ name, checkpoint, done: -1 }));
  }

  /** To be called before the head of the log is read: what is done now is then in the log below it. */
  async begin(store: Store): Promise<void> {
    for (const clock of this.clocks) clock.done = (await loadClock(store, clock.name))?.done ?? -1;
  }

  /** A row of a bucket, and the row that it copies unless that was truncated. @throws ViolationError `deadlines` */
  kept({ row, cause }: ParsedRow, source: Recorded | undefined): void {
    const minute = Number(row.stream.slice(row.stream.lastIndexOf('-') + 1));
    this.minutes.set(cause.position, Math.max(minute, this.minutes.get(cause.position) ?? -1));
    const { armed } = JSON.parse(row.meta) as { armed?: Armed };
    const due = dueOf(armed?.meta);
    if (!armed || due === undefined) throw new ViolationError('deadlines', 'the row of a bucket does not say which deadline it holds', row);
    if (!source) return;
    const { kind, type, meta } = parseRow(source);
    const same = kind === 'armed' && source.id === cause.id && meta.due === due && type === armed.type;
    const sameData = row.erased || source.erased || row.data === source.data;
    if (!same || !sameData || source.stream !== armed.stream || source.version !== armed.version)
      throw new ViolationError('deadlines', `the row of a bucket holds another deadline than the one at position ${cause.position}`, row);
  }

  /** @throws ViolationError `deadlines` */
  endOf({ pending, definition, stream }: ActorHistory, checkpoints: ReadonlyMap<string, number>): void {
    const clock = pending && this.clocks.find(({ name }) => name === (definition as ActorDefinition | undefined)?.name);
    if (!clock) return;
    const reached = checkpoints.get(clock.checkpoint) ?? 0;
    for (const { type, version, position } of pending.values()) {
      if (position > reached) continue;
      const minute = this.minutes.get(position);
      if (minute !== undefined && minute > clock.done) continue;
      const why = minute === undefined ? 'is in no bucket' : 'is in a bucket that is done';
      throw new ViolationError('deadlines', `the deadline ${type} is pending and ${why}: it will never fire`, {
        stream,
        version,
        position,
      });
    }
  }
}

function dueOf(meta: unknown): number | undefined {
  try {
    return (JSON.parse(meta as string) as { due?: number }).due;
  } catch {
    return undefined;
  }
}
