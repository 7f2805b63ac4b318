import type { Recorded } from '@waybill/core';
import type { Filter } from '../wire/filter';
import { EVERYTHING, filterOf } from '../wire/filter';
import { followStream } from '../read/follow';
import { resolved } from '../read/links';
import type { Log } from '../log/log';
import { PAGE } from '../log/log';
import type { Shown } from '../wire/messages';
import type { CallError } from '../wire/status';
import { callError } from '../wire/status';
import type { StreamWriter } from '../log/stream-writer';
import { asUuid } from '../wire/uuid';
import { Checkpoint } from './checkpoint';
import type { Consumer, Message } from './consumers';
import { Deliveries } from './deliveries';
import { Parked } from './parked';
import type { FilterSpec, GroupSpec } from './requests';
import { ALL } from './requests';

/** A group as it is saved: it began after the sequence `after`, so that "the end" stays where it was. */
export interface KeptGroup extends GroupSpec {
  readonly after: number;
}

/** One persistent subscription. It begins to read when the first consumer joins, and continues from its checkpoint. */
export class Group {
  readonly deliveries: Deliveries;
  readonly parked: Parked;
  readonly checkpoint: Checkpoint;
  /** The newest sequence that was read. */
  known: number | undefined;
  private reading: AbortController | undefined;
  private replaying = false;

  constructor(
    readonly spec: KeptGroup,
    private readonly log: Log,
    writer: StreamWriter,
  ) {
    const settings = () => spec.settings;
    const failed = (error: unknown): void => this.stop(callError(error));
    this.parked = new Parked(log, writer, spec);
    this.checkpoint = new Checkpoint(log, writer, spec, settings, () => this.done(), failed);
    this.deliveries = new Deliveries({
      settings,
      park: ({ shown }, reason) => this.parked.add(shown, reason),
      moved: () => this.checkpoint.moved(),
      failed,
    });
  }

  join(consumer: Consumer): void {
    this.deliveries.join(consumer);
    if (this.reading) return;
    this.reading = new AbortController();
    this.read(this.reading.signal).catch((error: unknown) => this.stop(callError(error)));
  }

  /** Delivers the parked messages again, up to but not including version `stopAt` of their stream. */
  async replay(stopAt: number | undefined): Promise<void> {
    if (this.replaying) return;
    this.replaying = true;
    try {
      const { first, end } = await this.parked.bounds();
      const stop = Math.min(end, stopAt ?? end);
      if (stop <= first) return;
      for await (const { shown, row } of this.parked.between(first, stop)) {
        if (shown.event) this.deliveries.replay({ shown, id: asUuid(row.id), sequence: undefined, retries: 0, due: Infinity });
      }
      await this.parked.passed(stop);
    } finally {
      this.replaying = false;
    }
  }

  /** Drops all consumers and stops reading; a consumer that joins later begins at the checkpoint. */
  stop(why: CallError): void {
    this.reading?.abort();
    this.reading = undefined;
    this.checkpoint.stop();
    for (const consumer of [...this.deliveries.consumers]) {
      this.deliveries.leave(consumer);
      consumer.out.fail(why);
    }
    this.deliveries.stop();
  }

  private done(): number {
    const { lowest } = this.deliveries;
    return lowest === undefined ? (this.known ?? this.spec.after) : lowest - 1;
  }

  private async read(signal: AbortSignal): Promise<void> {
    const after = (await this.checkpoint.load()) ?? this.spec.after;
    this.known = after;
    const filter = filterOfSpec(this.spec.filter);
    for await (const rows of this.source(after, filter, signal)) {
      for (const row of rows) {
        if (signal.aborted) return;
        if (filter.shows(row)) await this.deliveries.add(await this.message(row));
        this.known = this.sequenceOf(row);
      }
    }
  }

  private async *source(after: number, filter: Filter, signal: AbortSignal): AsyncGenerator<readonly Recorded[]> {
    const { stream } = this.spec;
    if (stream !== ALL) {
      const from = after < 0 ? 'start' : after;
      for await (const { rows } of await followStream(this.log, stream, from, signal)) yield rows;
      return;
    }
    for await (const { events } of this.log.store.subscribe({ after, limit: PAGE, ...filter.query }, signal)) yield events;
  }

  private async message(row: Recorded): Promise<Message> {
    const shown: Shown = this.spec.settings.resolveLinks ? await resolved(this.log, row) : { event: row };
    return { shown, id: asUuid(row.id), sequence: this.sequenceOf(row), retries: 0, due: Infinity };
  }

  private sequenceOf(row: Recorded): number {
    return this.spec.stream === ALL ? row.position : row.version;
  }
}

function filterOfSpec(spec: FilterSpec | undefined): Filter {
  if (!spec) return EVERYTHING;
  return filterOf(spec.on, { getRegex: () => spec.regex, getPrefixList: () => [...spec.prefixes] });
}
