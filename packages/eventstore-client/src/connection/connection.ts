import type { AppendReq, AppendResp, ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { Target } from './connection-string';
import { placeOf } from './connection-string';
import { asError, failureOf } from './failure';
import type { Failure } from './failure';
import type { Settings } from './options';
import { Pauses } from './pauses';
import type { BatchCall, ReadCall } from './wire';
import { Wire } from './wire';

/** A new connection is made at most this often. */
const RENEW_EVERY_MS = 1_000;
/** How much later our own timer fires than that of the call. */
const GRACE_MS = 1_000;
const KEEP_ALIVE_MS = 10_000;

/**
 * The client in use, replaced by a new one when it does not recover. Every call also has a timer of ours: some ways to hang have
 * no other.
 */
export class Connection {
  readonly place: string;
  readonly pauses = new Pauses();
  private wire: Wire;
  private renewed = 0;
  private renewedAt = 0;
  private onFailed: (() => void) | undefined;

  constructor(
    private readonly target: Target,
    readonly settings: Settings,
  ) {
    this.place = placeOf(target);
    this.wire = this.connect();
  }

  append(requests: readonly AppendReq[]): Promise<AppendResp> {
    const { deadline } = this.settings;
    return this.timed(deadline, (wire) => wire.append(requests, deadline));
  }

  /** Resolves when the call has begun; its rows come later. */
  read(request: ReadReq): Promise<ReadCall> {
    return this.timed(
      this.settings.deadline,
      (wire) => wire.read(request),
      (late) => late.cancel(),
    );
  }

  batch(): Promise<BatchCall> {
    return this.timed(
      this.settings.deadline,
      (wire) => wire.batch(),
      (late) => late.cancel(),
    );
  }

  /** Repeats an action that changes nothing, for as long as two calls may take. @throws WaybillError */
  async repeated<T>(action: () => Promise<T>): Promise<T> {
    const end = performance.now() + 2 * this.settings.deadline;
    for (let attempt = 0; ; attempt++) {
      try {
        return await action();
      } catch (error) {
        const failure = failureOf(error);
        if (!isRetryable(failure) || !(await this.mayRepeat(failure, attempt, end))) throw asError(failure, this.place);
      }
    }
  }

  /** Waits a little before the next attempt; false when there is no time for one. */
  async mayRepeat(failure: Failure, attempt: number, end: number): Promise<boolean> {
    if (performance.now() >= end) return false;
    this.failed(failure);
    await this.pauses.sleep(Math.random() * Math.min(500, 20 * 2 ** attempt) + 1);
    if (this.pauses.closed) return false;
    this.settings.onNotice({ kind: 'retried', text: `${this.place}: ${'what' in failure ? failure.what : failure.kind}` });
    return true;
  }

  /** Calls `listener` at each failure; there is one listener. */
  onFailure(listener: () => void): void {
    this.onFailed = listener;
  }

  /** A client waits longer after each failure to connect, and never recovers from a failed discovery: a new client does neither. */
  failed(failure: Failure): void {
    this.onFailed?.();
    if (failure.kind !== 'unknown' || !failure.unreachable || this.pauses.closed) return;
    if (performance.now() - this.renewedAt < RENEW_EVERY_MS) return;
    const old = this.wire;
    this.wire = this.connect();
    old.retire();
    this.settings.onNotice({ kind: 'reconnected', text: `${this.place}: ${failure.what}` });
  }

  /** Ends every call. */
  async close(): Promise<void> {
    this.pauses.close();
    this.wire.retire();
    await this.wire.dispose();
  }

  /** Clients with equal settings share a transport and its reconnect delay, so no two of ours have equal settings. */
  private connect(): Wire {
    this.renewedAt = performance.now();
    const interval = Number(this.target.settings['keepAliveInterval'] ?? KEEP_ALIVE_MS);
    return new Wire(this.target, {
      // A client that looks for the leader cannot be stopped, so it looks once; the next attempt looks again.
      maxDiscoverAttempts: 1,
      gossipTimeout: Math.min(5, Math.ceil(this.settings.deadline / 4_000)),
      ...this.target.settings,
      keepAliveInterval: interval < 0 ? interval : interval + (this.renewed++ % 1_000),
    });
  }

  private timed<T>(deadline: number, begin: (wire: Wire) => Promise<T>, late?: (answer: T) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        const details = `no answer within ${deadline} ms`;
        reject(Object.assign(new Error(details), { code: 14, details }));
      }, deadline + GRACE_MS);
      begin(this.wire).then(
        (answer) => {
          clearTimeout(timer);
          if (isLate) late?.(answer);
          resolve(answer);
        },
        (error: unknown) => {
          clearTimeout(timer);
          reject(error as Error);
        },
      );
    });
  }
}

/** Whether the same call may succeed later. */
export function isRetryable({ kind }: Failure): boolean {
  return kind === 'unknown' || kind === 'not-leader';
}
