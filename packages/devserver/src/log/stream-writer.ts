import type { Expected, NewEvent, Write } from '@waybill/core/store-kit';
import { DELETED, isTombstone, TOMBSTONE } from '../wire/payload';
import type { Stored } from './commit';
import { GroupCommit } from './commit';
import { KnownIds } from './known-ids';
import { KeyedQueue } from './keyed-queue';
import { UnderWay } from './under-way';
import type { Log } from './log';
import { LOG_STREAM, refusedLogStream } from './log-stream';
import type { StreamMetadata } from './metadata';
import { isMetastream, isVisible, metadataOf, metastreamOf, originalOf, undeleted } from './metadata';
import type { Expectation, Outcome } from './outcome';
import { newEvent } from './outcome';
import { Recent } from './recent';

/** How many streams are remembered as not deleted. */
const ALIVE = 16_384;
/** How often an append without an expected version tries again after another process has written the stream. */
const TRIES = 100;

/**
 * Expected versions with the meaning that they have on the real server. One operation per stream and its metadata at a time;
 * operations on different streams share the store's commits.
 */
export class StreamWriter {
  private readonly commits: GroupCommit;
  private readonly queue = new KeyedQueue();
  private readonly ids = new KnownIds();
  /** By stream that is not deleted, a version up to which all rows are ordinary events. */
  private readonly alive = new Recent<number>(ALIVE);

  constructor(
    private readonly log: Log,
    private readonly underWay = new UnderWay(),
  ) {
    this.commits = new GroupCommit(log.store);
  }

  /** Forgets what a restarted server process would not know. */
  forget(): void {
    this.ids.clear();
    this.alive.clear();
  }

  append(stream: string, expected: Expectation, events: readonly NewEvent[]): Promise<Outcome> {
    if (stream === LOG_STREAM) return refusedLogStream(expected);
    return this.underWay.once(stream, events, () =>
      this.queue.run(originalOf(stream), async () => {
        if (isMetastream(stream)) return this.appendMetadata(stream, expected, events);
        return this.appendTo(stream, expected, events);
      }),
    );
  }

  /** Hides the stream: its events stay in the log, and the next append continues the numbering. */
  delete(stream: string, expected: Expectation): Promise<Outcome> {
    return this.ending(stream, expected, async () => {
      if (!(await this.log.last(stream))) return { kind: 'wrong', actual: 'none' };
      return this.write(metastreamOf(stream), 'any', [newEvent('$metadata', `{"$tb":${DELETED}}`)]);
    });
  }

  /** Deletes the stream for good: it can be neither read nor written any more. */
  tombstone(stream: string, expected: Expectation): Promise<Outcome> {
    return this.ending(stream, expected, () => this.write(stream, 'any', [newEvent(TOMBSTONE.type, TOMBSTONE.data, TOMBSTONE.meta)]));
  }

  private ending(stream: string, expected: Expectation, end: () => Promise<Outcome>): Promise<Outcome> {
    if (stream === LOG_STREAM) return refusedLogStream(expected);
    return this.queue.run(originalOf(stream), async () => {
      const refused = await this.refusal(stream, expected);
      if (refused) return refused;
      this.alive.delete(stream);
      return end();
    });
  }

  private async appendTo(stream: string, expected: Expectation, events: readonly NewEvent[]): Promise<Outcome> {
    const ordinary = this.alive.get(stream);
    const metadata = ordinary === undefined ? await metadataOf(this.log, stream) : undefined;
    if (typeof expected === 'number' && expected > (ordinary ?? -1)) {
      const row = await this.log.row(stream, expected);
      if (row && isTombstone(row)) return { kind: 'deleted' };
    }
    if (events.length === 0) return (await this.refusal(stream, expected)) ?? this.nothing(stream);
    if (expected === 'exists') {
      const refused = await this.refusal(stream, expected, metadata);
      if (refused) return refused;
    }
    if (metadata?.softDeleted) return this.recreate(stream, expected, events, metadata);
    return this.living(stream, await this.write(stream, expected, events));
  }

  /** An append to a soft-deleted stream revives it, from the first event of that append on. */
  private async recreate(stream: string, expected: Expectation, events: readonly NewEvent[], metadata: StreamMetadata): Promise<Outcome> {
    const last = await this.log.last(stream);
    if (last && isTombstone(last)) return { kind: 'deleted' };
    const known = expected === 'any' ? await this.known(stream, events) : undefined;
    if (known) return known;
    const actual = last?.version ?? 'none';
    if (expected !== 'any' && expected !== actual) {
      const retried = await this.write(stream, expected === 'exists' ? 'none' : expected, events);
      if (retried.kind === 'ok' || expected !== 'none') return retried;
    }
    const alive = newEvent('$metadata', undeleted(metadata, (last?.version ?? -1) + 1));
    const also = { stream: metastreamOf(stream), expected: metadata.row?.version ?? 'none', events: [alive] } as const;
    return this.living(stream, await this.write(stream, actual, events, [also]));
  }

  private async appendMetadata(stream: string, expected: Expectation, events: readonly NewEvent[]): Promise<Outcome> {
    const original = originalOf(stream);
    const last = await this.log.last(original);
    if (last && isTombstone(last)) return { kind: 'deleted' };
    if (events.length === 0) return (await this.refusal(stream, expected)) ?? this.nothing(stream);
    if (expected === 'exists') {
      const refused = await this.refusal(stream, expected);
      if (refused) return refused;
    }
    const before = await metadataOf(this.log, original);
    this.alive.delete(original);
    const outcome = await this.write(stream, expected, events);
    if (before.softDeleted && outcome.kind === 'ok') await this.keepHidden(original, (last?.version ?? -1) + 1);
    return outcome;
  }

  /** New metadata revives a deleted stream, but none of the events that it had. */
  private async keepHidden(stream: string, from: number): Promise<void> {
    const metadata = await metadataOf(this.log, stream);
    if (metadata.softDeleted || metadata.truncateBefore >= from) return;
    await this.write(metastreamOf(stream), 'any', [newEvent('$metadata', undeleted(metadata, from))]);
  }

  /** The write itself, with `also` in the same commit. 'exists' was checked before, so here it is the same as 'any'. */
  private async write(stream: string, expected: Expectation, events: readonly NewEvent[], also: readonly Write[] = []): Promise<Outcome> {
    const open = expected === 'any' || expected === 'exists';
    const ordinary = this.alive.get(stream);
    const last = open && ordinary === undefined ? await this.log.last(stream) : undefined;
    if (last && isTombstone(last)) return { kind: 'deleted' };
    const before = open ? await this.known(stream, events) : undefined;
    if (before) return before;
    let at: Expected = open ? (ordinary ?? last?.version ?? 'none') : expected;
    for (let tries = 0; ; tries++) {
      const [written] = await this.commits.write([{ stream, expected: at, events }, ...also]);
      if (written?.ok) return this.kept(stream, events, written);
      const actual = written?.actual ?? 'none';
      if (actual !== 'none' && isTombstone((await this.log.row(stream, actual))!)) return { kind: 'deleted' };
      if (!open || tries === TRIES) return { kind: 'wrong', actual };
      at = actual;
    }
  }

  private kept(stream: string, events: readonly NewEvent[], written: Stored & { ok: true }): Outcome | Promise<Outcome> {
    const { version, position, repeated } = written;
    this.ids.keep(stream, events, version, position);
    if (repeated) return this.repeated(stream, version, position);
    this.log.seen(stream, version);
    return { kind: 'ok', version, position };
  }

  /** The first result of events that were stored before; rows that nobody is shown have no position. */
  private async repeated(stream: string, version: number, position: number): Promise<Outcome> {
    const last = await this.log.last(stream);
    if (last && isTombstone(last)) return { kind: 'deleted' };
    const metadata = await metadataOf(this.log, stream);
    const row = await this.log.row(stream, version);
    const isShown = !metadata.softDeleted && row && last && isVisible(row, metadata, last.version);
    return { kind: 'ok', version, position: isShown ? position : undefined };
  }

  /** Until it is deleted, its metadata need not be looked at again. */
  private living(stream: string, outcome: Outcome): Outcome {
    if (outcome.kind === 'ok' && outcome.version !== 'none') this.alive.set(stream, Math.max(outcome.version, this.alive.get(stream) ?? 0));
    return outcome;
  }

  /** For the same ids without an expected version: the first result, as far as this process remembers. */
  private async known(stream: string, events: readonly NewEvent[]): Promise<Outcome | undefined> {
    const stored = this.ids.find(stream, events);
    if (stored === 'some') return { kind: 'wrong', actual: this.log.hint(stream) ?? 'none' };
    return stored && this.repeated(stream, stored.version, stored.position);
  }

  /** Why this expectation forbids the operation; undefined if it does not. */
  private async refusal(stream: string, expected: Expectation, known?: StreamMetadata): Promise<Outcome | undefined> {
    const last = await this.log.last(stream);
    if (last && isTombstone(last)) return { kind: 'deleted' };
    const actual = last?.version ?? 'none';
    if (expected === 'any' || expected === actual) return undefined;
    if (expected !== 'exists') return { kind: 'wrong', actual };
    const metadata = known ?? (await metadataOf(this.log, stream));
    if (metadata.softDeleted) return { kind: 'deleted' };
    return last || metadata.row ? undefined : { kind: 'wrong', actual };
  }

  private async nothing(stream: string): Promise<Outcome> {
    return { kind: 'ok', version: (await this.log.last(stream))?.version ?? 'none', position: undefined };
  }
}
