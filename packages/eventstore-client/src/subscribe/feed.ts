import type { ReadResp } from '@eventstore/db-client/generated/streams_pb';
import type { Recorded } from '@waybill/core/store-kit';
import type { Filter } from '../format/filter';
import { positionOr, recordedOf } from '../format/rows';
import type { ReadCall } from '../connection/wire';

/** The most characters of rows that wait for their consumer, unless a single row is larger. */
const WAITING_CHARACTERS = 1_048_576;

/** One subscription on the server: at most a page of its rows waits here, and the server holds back the rest. */
export class Feed {
  private rows: Recorded[] = [];
  private characters = 0;
  /** The position of the last row, or how far the server says it has scanned. */
  private reached: number;
  /** The newest checkpoint. Some servers send it before the event that stands there, so it counts once a later one has come. */
  private told = 0;
  private failed: { readonly error: unknown } | undefined;

  constructor(
    private readonly call: ReadCall,
    after: number,
    private readonly filter: Filter,
    private readonly limit: number,
    private readonly ring: () => void,
    /** Called at once when no more rows will come. */
    private readonly over: () => void,
  ) {
    this.reached = after;
    call.on('data', (answer: ReadResp) => this.receive(answer));
    call.on('error', (error: unknown) => this.end(error));
    for (const event of ['end', 'close']) call.on(event, () => this.end(ended()));
  }

  /** Once no row waits, every matching row at or below it has been taken. */
  get position(): number {
    return this.reached;
  }

  /** Why no more rows will come. Those that came before can still be taken. */
  get ended(): { readonly error: unknown } | undefined {
    return this.failed;
  }

  get isEmpty(): boolean {
    return this.rows.length === 0;
  }

  take(): readonly Recorded[] {
    const { rows } = this;
    if (rows.length > 0) {
      this.rows = rows.length > this.limit ? rows.slice(this.limit) : [];
      this.characters = this.rows.reduce((sum, row) => sum + sizeOf(row), 0);
      this.call.resume();
    }
    return rows.length > this.limit ? rows.slice(0, this.limit) : rows;
  }

  cancel(): void {
    this.failed ??= { error: undefined };
    this.rows = [];
    this.call.cancel();
  }

  private receive(answer: ReadResp): void {
    if (this.failed) return;
    try {
      const event = answer.getEvent();
      if (event) this.receiveRow(recordedOf(event));
      else this.scanned(positionOr(answer.getCheckpoint()?.getCommitPosition()) ?? 0);
    } catch (error) {
      this.end(error);
      this.call.cancel();
    }
  }

  private receiveRow(row: Recorded | undefined): void {
    if (!row || row.position <= this.reached) return;
    this.reach(row.position);
    if (!this.filter.shows(row.type)) return;
    this.rows.push(row);
    this.characters += sizeOf(row);
    if (this.rows.length >= this.limit || this.characters >= WAITING_CHARACTERS) this.call.pause();
  }

  private scanned(position: number): void {
    if (position <= this.told) return;
    this.reach(this.told);
    this.told = position;
  }

  private reach(position: number): void {
    if (position <= this.reached) return;
    this.reached = position;
    this.ring();
  }

  private end(error: unknown): void {
    if (this.failed) return;
    this.failed = { error };
    this.over();
    this.ring();
  }
}

/** Of the shape of call errors. */
function ended(): Error {
  return Object.assign(new Error('the server ended the subscription'), { code: 1 });
}

function sizeOf({ data, meta }: Recorded): number {
  return data.length + meta.length;
}
