import { canonical } from '../base/canonical-json';
import type { Runtime } from '../base/runtime';
import { COMMAND_SOURCE, type Cause } from '../history/cause';
import { digestOf, ERASED_DIGEST, type Digest } from '../history/digest';
import type { Message } from '../messages/message';
import type { Result } from './outcome';

/** One position of the log on its way through a consumer. */
export interface Ticket {
  readonly position: number;
  /** Characters that it keeps in memory. */
  readonly size: number;
}

/** What an operator decided about a parked message: its resolution. */
export interface Release {
  /**
   * 'retry' runs its method in the flow. Where it runs outside of it: 'claim' before, then 'close', as when it was released into
   * another stream, or 'fail'.
   */
  readonly action: 'retry' | 'skip' | 'claim' | 'fail' | 'close';
  /** Version of the open park in the actor's own stream; undefined where the message is in a park stream. */
  readonly of: number | undefined;
  /** The park stream that the message is in. */
  readonly from: string | undefined;
  readonly by: string;
  readonly why: string;
  /** For 'claim': until when no other retry begins. */
  readonly until?: number | undefined;
  /** For 'fail'. */
  readonly failure?: Failure | undefined;
  /** Nobody asked for it: after a failure it is tried again by itself, as often as its class says. */
  readonly automatic?: boolean | undefined;
}

/** Why a message is parked as failed. */
export interface Failure {
  readonly reason: string;
  readonly attempts: number;
  readonly stack?: string | undefined;
  /** When it is tried again by itself, in milliseconds since 1970, and the key of what waits for it. */
  readonly due?: number | undefined;
  readonly key?: string | undefined;
}

/** Where a delivery comes from. `writtenAs`: its type in the log, where its class has another name today. */
export type Origin =
  | { readonly kind: 'log'; readonly ticket: Ticket | undefined; readonly writtenAs?: string | undefined }
  | { readonly kind: 'command' }
  /** The row at `version` of the actor's stream set a deadline under this key, which is due. */
  | { readonly kind: 'deadline'; readonly version: number; readonly key: string; readonly writtenAs?: string | undefined }
  | { readonly kind: 'release'; readonly release: Release; readonly writtenAs?: string | undefined };

/** Where a delivery's result goes. Exactly one of `done` and `failed` is called, once (I15), or `leave` returns true. */
export interface Receiver {
  /** `version`: for a command, where its rows begin in the actor's stream. */
  done(delivery: Delivery, result: Result, version?: number): void;
  /** No outcome: the caller of a command gets `error`; a message of the log is delivered again by a later run. */
  failed(delivery: Delivery, error: unknown): void;
  /** It waits for newer code: to make room it may be left in its log, to be delivered again. */
  leave?(delivery: Delivery): boolean;
}

interface Addressed {
  readonly type: string;
  readonly stream: string;
  readonly cause: Cause;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Undefined when the row in the log is not a valid message: then `invalid` says why. */
  readonly message: Message | undefined;
  readonly invalid: string | undefined;
  /** The row's data. */
  readonly raw: string;
  /** Personal fields of the row were erased. */
  readonly erased?: boolean | undefined;
  readonly receiver: Receiver;
}

/** One message on its way to one actor. Its content never changes; only the state of its attempts does. */
export class Delivery {
  /** How often its method has thrown, and what it threw last. */
  attempts = 0;
  error: unknown;
  /** When its method runs again, in milliseconds since 1970. */
  nextTry: number | undefined;
  /** Why its method must not run: the call has failed, or has killed the process too often. */
  failure: Failure | undefined;
  readonly type: string;
  readonly stream: string;
  readonly cause: Cause;
  readonly time: number;
  readonly message: Message | undefined;
  readonly invalid: string | undefined;
  readonly raw: string;
  readonly receiver: Receiver;
  private readonly erased: boolean;
  /** Id of its first row in each append whose outcome is unknown. */
  unconfirmedIds: readonly string[] = NONE;
  private text: string | undefined;
  private isRaw = false;
  private compared: Digest | undefined;

  private constructor(
    { type, stream, cause, time, message, invalid, raw, erased = false, receiver }: Addressed,
    readonly origin: Origin,
  ) {
    this.type = type;
    this.stream = stream;
    this.cause = cause;
    this.time = time;
    this.message = message;
    this.invalid = invalid;
    this.raw = raw;
    this.erased = erased;
    this.receiver = receiver;
  }

  /** No ticket where no checkpoint waits for it. */
  static fromLog(what: Addressed, ticket?: Ticket, writtenAs?: string): Delivery {
    return new Delivery(what, { kind: 'log', ticket, writtenAs });
  }

  /** `id` is the caller's: the same on every attempt. */
  static command(id: string, message: Message, stream: string, time: number, receiver: Receiver): Delivery {
    const cause = { id, source: COMMAND_SOURCE, position: 0 };
    return new Delivery({ type: message.type, stream, cause, time, message, invalid: undefined, raw: '', receiver }, COMMAND);
  }

  /** `time` is when it was due; `version` and `key` are those of the row that set it. */
  static deadline(what: Addressed, version: number, key: string, writtenAs?: string): Delivery {
    return new Delivery(what, { kind: 'deadline', version, key, writtenAs });
  }

  /** A parked message, with the cause and the time that it was parked with. */
  static release(what: Addressed, release: Release, writtenAs?: string): Delivery {
    return new Delivery(what, { kind: 'release', release, writtenAs });
  }

  /** What an operator decided about it, where it was parked. */
  get release(): Release | undefined {
    return this.origin.kind === 'release' ? this.origin.release : undefined;
  }

  get isCommand(): boolean {
    return this.origin.kind === 'command';
  }

  /** Canonical JSON of the message after upcasting. @throws WaybillError `CONTENT_…` */
  content(): string {
    return (this.text ??= canonical(this.message));
  }

  /** Its content is that of the message again, whatever an earlier decision has made of it. */
  decideAnew(): void {
    if (this.isRaw) [this.text, this.compared, this.isRaw] = [undefined, undefined, false];
  }

  /** For a message without valid content: its text in the log as a JSON string, cut to a bounded length. */
  useRaw(): void {
    this.isRaw = true;
    this.text = JSON.stringify(
      this.raw.length <= 100_000 ? this.raw : `${this.raw.slice(0, 1_000)}… (whole at position ${this.cause.position})`,
    );
  }

  digest(runtime: Runtime): Digest {
    return (this.compared ??= this.erased ? ERASED_DIGEST : digestOf(this.type, this.content(), this.cause, runtime));
  }
}
const COMMAND: Origin = { kind: 'command' };
const NONE: readonly string[] = [];
