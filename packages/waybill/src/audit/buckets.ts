import { loadClock } from '@waybill/core';
import type { ActorDefinition, Recorded, Store } from '@waybill/core';
import type { Reader } from '../base/readers';
import type { Book } from './book';
import type { Line } from './line';
import { lineOf } from './line';
import { Found } from './violation';

interface Clock {
  readonly name: string;
  readonly checkpoint: string;
  /** The newest minute of which all deadlines have fired. */
  done: number;
}
/** What a row of a bucket says of the row that set the deadline. */
interface Armed {
  readonly type?: unknown;
  readonly meta?: unknown;
  readonly stream?: unknown;
  readonly version?: unknown;
}

/** Deadlines that are kept by the minute: one that is pending must stand in a bucket that is yet to come. Kept are two numbers for each row of a bucket. */
export class Buckets {
  private readonly minutes = new Map<number, number>();
  private readonly clocks: Clock[];

  constructor(readers: readonly Reader[]) {
    const clocks = readers.filter(({ checkpoint }) => checkpoint.endsWith(':deadlines'));
    this.clocks = clocks.map(({ definition: { name }, checkpoint }) => ({ name, checkpoint, done: -1 }));
  }

  /** Before the head is asked for: what is done now, the log tells below it. */
  async begin(store: Store): Promise<void> {
    for (const clock of this.clocks) clock.done = (await loadClock(store, clock.name))?.done ?? -1;
  }

  /** A row of a bucket, and the row that it speaks of, where that was not let go of. @throws Found `deadlines` */
  kept({ row, cause }: Line, source: Recorded | undefined): void {
    const minute = Number(row.stream.slice(row.stream.lastIndexOf('-') + 1));
    this.minutes.set(cause.position, Math.max(minute, this.minutes.get(cause.position) ?? -1));
    const { armed } = JSON.parse(row.meta) as { armed?: Armed };
    const said = dueOf(armed?.meta);
    if (!armed || said === undefined) throw new Found('deadlines', 'the row of a bucket does not say which deadline it keeps', row);
    if (!source) return;
    const { kind, type, meta } = lineOf(source);
    const same = kind === 'armed' && source.id === cause.id && meta.due === said && type === armed.type;
    const told = row.erased || source.erased || row.data === source.data;
    if (!same || !told || source.stream !== armed.stream || source.version !== armed.version)
      throw new Found('deadlines', `the row of a bucket keeps a deadline other than the one of position ${cause.position}`, row);
  }

  /** @throws Found `deadlines` */
  endOf({ pending, definition, stream }: Book, checkpoints: ReadonlyMap<string, number>): void {
    const clock = pending && this.clocks.find(({ name }) => name === (definition as ActorDefinition | undefined)?.name);
    if (!clock) return;
    const low = checkpoints.get(clock.checkpoint) ?? 0;
    for (const { type, version, position } of pending.values()) {
      if (position > low) continue;
      const minute = this.minutes.get(position);
      if (minute !== undefined && minute > clock.done) continue;
      const why = minute === undefined ? 'stands in no bucket' : 'stands in a bucket that is done';
      throw new Found('deadlines', `the deadline ${type} is pending and ${why}: it will never fire`, { stream, version, position });
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
