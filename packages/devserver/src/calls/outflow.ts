import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import type { Drop, Reader } from './faults';
import { CallError, callError } from '../wire/status';

/** Either a message of the stubs, or one that is bytes already. */
type Answer<Resp> = Resp | Buffer;
type Call<Req, Resp> = ServerWritableStream<Req, Answer<Resp>> | ServerDuplexStream<Req, Answer<Resp>>;

/** One call that answers with a stream: writes no faster than its client reads, and tells when nobody reads any more. */
export class Outflow<Req, Resp> implements Reader {
  private readonly stop = new AbortController();
  private woken: (() => void) | undefined;
  private dropIn = Infinity;
  private dropHow: Drop = 'end';

  constructor(
    readonly call: Call<Req, Resp>,
    private readonly cut: () => void,
  ) {
    call.on('drain', () => this.wake());
    for (const end of ['cancelled', 'close', 'error']) call.on(end, () => this.abort());
    if (call.cancelled) this.abort();
  }

  /** Aborts when the client has gone or the call was ended. */
  get signal(): AbortSignal {
    return this.stop.signal;
  }

  /** What it gives must be waited for before more is written. What is written after the end is lost in silence. */
  write(message: Answer<Resp>): Promise<void> | undefined {
    if (this.signal.aborted || this.call.write(message)) return undefined;
    return new Promise<void>((resolve) => (this.woken = resolve));
  }

  /** Writes an event; the last one of a call that is to be dropped then. */
  event(message: Buffer): Promise<void> | undefined {
    const waiting = this.write(message);
    if (--this.dropIn <= 0) this.drop(this.dropHow);
    return waiting;
  }

  /** For tests: `after` so many events. */
  dropAfter(after: number, how: Drop): void {
    this.dropIn = after;
    this.dropHow = how;
    if (after <= 0) this.drop(how);
  }

  end(): void {
    if (this.signal.aborted) return;
    this.abort();
    this.call.end();
  }

  /** Only an 'error' event sends a status from a handler that streams. */
  fail(error: unknown): void {
    if (!this.signal.aborted) this.call.emit('error', callError(error));
  }

  drop(how: Drop): void {
    if (how === 'end') return this.end();
    if (how === 'error') return this.fail(new CallError(status.UNAVAILABLE, 'the subscription was dropped (a fault for tests)'));
    this.cut();
    return this.abort();
  }

  private abort(): void {
    this.stop.abort();
    this.wake();
  }

  private wake(): void {
    this.woken?.();
    this.woken = undefined;
  }
}
