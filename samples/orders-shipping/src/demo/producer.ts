import { setTimeout as sleep } from 'node:timers/promises';
import { realRuntime, WaybillError } from 'waybill';
import type { Expected, NewEvent, Store, Written } from 'waybill';
import { fingerprint } from './feed';
import type { FeedEvent, Line } from './feed';

/** The stream that the feed goes into: its order is the order of the feed. */
export const FEED = 'feed';
const BATCH = { lines: 256, characters: 500_000 };
/** Milliseconds after which a store that cannot be written is given up. */
const PATIENCE = 20_000;

export interface Fed {
  readonly appended: number;
  /** Lines that the log held before, content and all. */
  readonly recognised: number;
  readonly refused: number;
}

/**
 * Appends a feed as a producer that may be cut off at any moment and starts again from the first line: the k-th line of
 * some content is left out when the log holds that content k times. So the same feed again, a longer one and a reordered
 * one append just what is new, and the copies within a feed stay. One producer at a time is fast; two are correct.
 */
export class Producer {
  private version: Expected = 'none';
  /** How many rows of this content no line of this feed has met yet. */
  private readonly unmet = new Map<string, number>();
  private appended = 0;
  private recognised = 0;
  private refused = 0;

  constructor(
    private readonly store: Store,
    private readonly onRefused: (line: number, reason: string) => void,
  ) {}

  get fed(): Fed {
    return { appended: this.appended, recognised: this.recognised, refused: this.refused };
  }

  async feed(chunks: AsyncIterable<readonly Line[]>, signal: AbortSignal): Promise<void> {
    await this.catchUp();
    let batch: FeedEvent[] = [];
    let size = 0;
    const flush = async (): Promise<void> => {
      await this.append(batch);
      batch = [];
      size = 0;
    };
    for await (const lines of chunks) {
      for (const line of lines) {
        if (signal.aborted) return;
        if ('refused' in line) {
          this.refused++;
          this.onRefused(line.number, line.refused);
        } else if (!this.recognise(line.event)) {
          if (size + line.event.data.length > BATCH.characters) await flush();
          batch.push(line.event);
          size += line.event.data.length;
          if (batch.length === BATCH.lines) await flush();
        }
      }
      await flush();
    }
  }

  private recognise(event: FeedEvent): boolean {
    const print = fingerprint(event);
    const left = this.unmet.get(print);
    if (left === undefined) return false;
    if (left === 1) this.unmet.delete(print);
    else this.unmet.set(print, left - 1);
    this.recognised++;
    return true;
  }

  /** What stands in the stream behind `version`, into memory. */
  private async catchUp(): Promise<void> {
    for (;;) {
      const rows = await this.store.read(FEED, this.version === 'none' ? 0 : this.version + 1, 1_000);
      for (const row of rows) {
        const print = fingerprint({ ...row, id: messageIdOf(row) });
        this.unmet.set(print, (this.unmet.get(print) ?? 0) + 1);
        this.version = row.version;
      }
      if (rows.length < 1_000) return;
    }
  }

  private async append(batch: readonly FeedEvent[]): Promise<void> {
    const time = realRuntime.now();
    let left = batch;
    while (left.length > 0) {
      // A row's id belongs to this attempt; the feed's id is the message's, and other messages may have it too.
      const events = left.map((event) => ({ ...event, id: realRuntime.uuid(), meta: JSON.stringify({ messageId: event.id }), time }));
      const written = await this.write(events);
      if (written.ok) {
        this.version = written.version;
        this.appended += left.length;
        return;
      }
      await this.catchUp();
      left = left.filter((event) => !this.recognise(event));
    }
  }

  /** When nobody knows whether it was stored, or the store was busy: the identical append again. */
  private async write(events: readonly NewEvent[]): Promise<Written> {
    const start = realRuntime.now();
    for (let tries = 1; ; tries++) {
      try {
        const [written] = await this.store.append([{ stream: FEED, expected: this.version, events }]);
        return written as Written;
      } catch (error) {
        if (!mayBeRepeated(error) || realRuntime.now() - start > PATIENCE) throw error;
        await sleep(Math.min(20 * tries, 500));
      }
    }
  }
}

/** The feed's id of a row; that of the row itself where somebody else has written it. */
function messageIdOf({ id, meta }: NewEvent): string {
  try {
    const { messageId } = Object(JSON.parse(meta)) as { readonly messageId?: unknown };
    return typeof messageId === 'string' ? messageId : id;
  } catch {
    return id;
  }
}

/** Nothing was stored, or nobody knows: the identical append may be sent again. */
function mayBeRepeated(error: unknown): boolean {
  return error instanceof WaybillError && /^STORE_(BUSY|UNAVAILABLE|UNKNOWN_OUTCOME)$/.test(error.code);
}
