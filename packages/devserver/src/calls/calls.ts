import type { sendUnaryData, ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { CallError, callError } from '../wire/status';
import type { FaultCall, Faults, Met } from './faults';
import { NOTHING } from './faults';
import { Outflow } from './outflow';

/** What every kind of call has. */
interface Surface {
  getPeer(): string;
  once(event: 'cancelled', then: () => void): unknown;
  readonly cancelled: boolean;
}

type Streamed<Req, Resp> = ServerWritableStream<Req, Resp> | ServerDuplexStream<Req, Resp>;

/** All calls in progress, each with the fault that a test has asked for, if any. A call that throws ends alone. */
export class Calls {
  private readonly active = new Set<Promise<void>>();
  private readonly open = new Set<() => void>();
  private stopping = new AbortController();

  constructor(
    private readonly faults: Faults,
    private readonly cut: (peer: string) => void,
  ) {}

  /** Calls `then` when the server stops and nothing more will come from clients. The returned function cancels that. */
  onStop(then: () => void): () => void {
    this.open.add(then);
    return () => void this.open.delete(then);
  }

  /** A call with one answer. */
  unary<Resp>(kind: FaultCall, call: Surface, answer: sendUnaryData<Resp>, work: () => Promise<Resp>): void {
    const met = this.meet(kind, call);
    const done = met.fault === undefined ? work() : this.faulty(met, call, work);
    this.track(
      done.then(
        (response) => answer(null, response),
        (error) => answer(callError(error)),
      ),
    );
  }

  /** A call with a stream of answers, which ends when `work` does. Without a kind it meets no faults. */
  stream<Req, Resp>(
    kind: FaultCall | undefined,
    call: Streamed<Req, Resp>,
    work: (out: Outflow<Req, Resp>, met: Met) => Promise<void>,
  ): void {
    const out = new Outflow<Req, Resp>(call, () => this.cut(call.getPeer()));
    const close = (): void => out.fail(new CallError(status.UNAVAILABLE, 'the server is stopping'));
    this.open.add(close);
    this.track(
      this.streaming(kind, call, out, work).finally(() => {
        this.open.delete(close);
      }),
    );
  }

  meet(kind: FaultCall, call: Surface): Met {
    return this.faults.meet(kind, () => this.cut(call.getPeer()));
  }

  /** Ends all streams of answers and the calls that hang on purpose, and waits for the calls in progress. */
  async settle(): Promise<void> {
    this.stopping.abort();
    for (const close of this.open) close();
    while (this.active.size > 0) await Promise.all(this.active);
    this.stopping = new AbortController();
  }

  private async streaming<Req, Resp>(
    kind: FaultCall | undefined,
    call: Streamed<Req, Resp>,
    out: Outflow<Req, Resp>,
    work: (out: Outflow<Req, Resp>, met: Met) => Promise<void>,
  ): Promise<void> {
    const met = kind === undefined ? NOTHING : this.meet(kind, call);
    const leave = kind === 'subscribe' || kind === 'persistent' ? this.faults.opened(out) : undefined;
    try {
      await met.before(out.signal);
      await work(out, met);
      await met.after(out.signal);
      out.end();
    } catch (error) {
      out.fail(error);
    } finally {
      leave?.();
    }
  }

  private async faulty<Resp>(met: Met, call: Surface, work: () => Promise<Resp>): Promise<Resp> {
    const gone = new AbortController();
    if (call.cancelled) gone.abort();
    else call.once('cancelled', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, this.stopping.signal]);
    await met.before(signal);
    const response = await work();
    await met.after(signal);
    return response;
  }

  private track(done: Promise<void>): void {
    const kept = done.finally(() => this.active.delete(kept));
    this.active.add(kept);
  }
}
