import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { show, WaybillError } from '@waybill/core/store-kit';
import { CallError, notLeader } from '../wire/status';

const CALLS = ['append', 'batchAppend', 'delete', 'tombstone', 'read', 'subscribe', 'persistent', 'features', 'gossip'] as const;
export type FaultCall = (typeof CALLS)[number];

/** How a subscription or a connection ends. */
export type Drop = 'end' | 'error' | 'cut';

export type Fault =
  /** Answers UNAVAILABLE; nothing is stored. */
  | 'refuse'
  /** Never answers; nothing is stored. */
  | 'hang'
  /** Does what was asked, then cuts the connection instead of answering: everything else on it is lost too. */
  | 'loseAnswer'
  /** Does what was asked, then answers DEADLINE_EXCEEDED. */
  | 'timeoutAfter'
  /** Does what was asked, and never answers. */
  | 'hangAfter'
  /** Waits this many milliseconds before it begins. */
  | { readonly delay: number }
  /** Says that another node is the leader, and where it is. */
  | { readonly notLeader: { readonly host: string; readonly port: number } }
  /** For a subscription or read: after this many events (default 0) it ends, ends with UNAVAILABLE, or its connection is cut. */
  | { readonly drop: Drop; readonly after?: number }
  /** For a subscription: a checkpoint of 2^64-1 right after the confirmation, as a faulty server sends it. */
  | 'badCheckpoint'
  /** For a subscription: a checkpoint at the end of the log right after the confirmation, before the events up to there. */
  | 'earlyCheckpoint'
  /** For a subscription: once it is live, 500 events at once end it with ABORTED. */
  | 'tooSlow'
  /** For a read of a stream: it does not see the newest events yet, this many of them; one that sees none says that there is no stream. */
  | { readonly behind: number }
  /** Answers UNKNOWN; nothing is done. */
  | 'fail';

/** The fault that one call meets; usually none. */
export interface Met {
  readonly fault: Fault | undefined;
  /** Before anything is done. @throws CallError */
  before(signal: AbortSignal): Promise<void>;
  /** After it was done, before the answer. @throws CallError */
  after(signal: AbortSignal): Promise<void>;
}

/** A reader of a stream of answers, which can be cut off. */
export interface Reader {
  drop(how: Drop): void;
}

/** Faults for tests, in the order in which they were asked for. None happens unasked. */
export class Faults {
  private readonly waiting = new Map<FaultCall, Fault[]>();
  private readonly subscriptions = new Set<Reader>();

  /** The next `times` calls of this kind meet this fault, after those asked for before. */
  next(call: FaultCall, fault: Fault, times = 1): void {
    if (!CALLS.includes(call)) throw unknown(`the call ${show(call)}`, CALLS.join(', '));
    const list = this.waiting.get(call) ?? [];
    for (let i = 0; i < times; i++) list.push(fault);
    this.waiting.set(call, list);
  }

  /** How many faults no call has met yet: 0 at the end of a test that used all it asked for. */
  get left(): number {
    return [...this.waiting.values()].reduce((sum, list) => sum + list.length, 0);
  }

  /** Forgets the faults that no call has met yet. */
  clear(): void {
    this.waiting.clear();
  }

  /** Drops every subscription that is open now, and returns how many. */
  dropSubscriptions(how: Drop = 'error'): number {
    const open = [...this.subscriptions];
    for (const one of open) one.drop(how);
    return open.length;
  }

  /** For the server: the fault that the call beginning now meets. `cut` cuts its connection. */
  meet(call: FaultCall, cut: () => void): Met {
    const fault = this.waiting.get(call)?.shift();
    return fault === undefined
      ? NOTHING
      : { fault, before: (signal) => before(fault, signal), after: (signal) => after(fault, signal, cut) };
  }

  /** For the server: a subscription is open until the returned function is called. */
  opened(reader: Reader): () => void {
    this.subscriptions.add(reader);
    return () => void this.subscriptions.delete(reader);
  }
}

export const NOTHING: Met = { fault: undefined, before: async () => undefined, after: async () => undefined };

async function before(fault: Fault, signal: AbortSignal): Promise<void> {
  if (fault === 'refuse') throw new CallError(status.UNAVAILABLE, 'Server Is Not Ready (a fault for tests)');
  if (fault === 'fail') throw new CallError(status.UNKNOWN, 'Exception was thrown by handler. (a fault for tests)');
  if (fault === 'hang') return never(signal);
  if (typeof fault === 'string') return;
  if ('delay' in fault) await sleep(fault.delay, undefined, { signal }).catch(() => undefined);
  if ('notLeader' in fault) throw notLeader(fault.notLeader.host, fault.notLeader.port);
}

async function after(fault: Fault, signal: AbortSignal, cut: () => void): Promise<void> {
  if (fault === 'timeoutAfter') throw new CallError(status.DEADLINE_EXCEEDED, 'Operation timed out (a fault for tests)');
  if (fault === 'loseAnswer') cut();
  if (fault === 'loseAnswer' || fault === 'hangAfter') await never(signal);
}

/** Waits until the client or the server has given up. */
function never(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    const give = (): void => reject(new CallError(status.CANCELLED, 'given up'));
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}

function unknown(what: string, known: string): WaybillError {
  return new WaybillError('DEVSERVER_FAULT', `${what} is not known`, `use one of ${known}`);
}
