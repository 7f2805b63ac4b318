import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import { callError } from './status';

type Call<Req, Resp> = ServerWritableStream<Req, Resp> | ServerDuplexStream<Req, Resp>;

/** One call that answers with a stream: writes no faster than its client reads, and tells when nobody reads any more. */
export class Outflow<Req, Resp> {
  private readonly stop = new AbortController();
  private woken: (() => void) | undefined;

  constructor(readonly call: Call<Req, Resp>) {
    call.on('drain', () => this.wake());
    for (const end of ['cancelled', 'close', 'error']) call.on(end, () => this.abort());
    if (call.cancelled) this.abort();
  }

  /** Aborts when the client has gone or the call was ended. */
  get signal(): AbortSignal {
    return this.stop.signal;
  }

  /** Resolves when more may be written. What is written after the end is lost in silence. */
  async write(message: Resp): Promise<void> {
    if (this.signal.aborted || this.call.write(message)) return;
    await new Promise<void>((resolve) => (this.woken = resolve));
  }

  end(): void {
    if (this.signal.aborted) return;
    this.abort();
    this.call.end();
  }

  /** Only an 'error' event sends a status from a handler that streams. */
  fail(error: unknown): void {
    if (this.signal.aborted) return;
    this.call.emit('error', callError(error));
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
