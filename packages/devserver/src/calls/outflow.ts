import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { CallError, callError } from '../wire/status';
import type { Drop, Reader } from './faults';

/** A message of the stubs, or one already serialized. */
type Answer<Resp> = Resp | Buffer;
type Call<Req, Resp> = ServerWritableStream<Req, Answer<Resp>> | ServerDuplexStream<Req, Answer<Resp>>;

/** One call that answers with a stream: it writes no faster than its client reads, and signals when nobody reads any more. */
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

  /** If it returns a promise, await it before writing more. What is written after the end is silently dropped. */
  write(message: Answer<Resp>): Promise<void> | undefined {
    if (this.signal.aborted || this.call.write(message)) return undefined;
    return new Promise<void>((resolve) => (this.woken = resolve));
  }

  /** Writes an event, and drops the call if this was the last one that a test lets through. */
  event(message: Buffer): Promise<void> | undefined {
    const waiting = this.write(message);
    if (--this.dropIn <= 0) this.drop(this.dropHow);
    return waiting;
  }

  /** For tests: drops the call after `after` events. */
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

  /** In a streaming handler, only an 'error' event sends a status. */
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
