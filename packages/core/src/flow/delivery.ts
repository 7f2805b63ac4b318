import { canonical } from '../base/canonical-json';
import type { Runtime } from '../base/runtime';
import { COMMAND_SOURCE } from '../history/cause';
import type { Cause } from '../history/cause';
import { ERASED_HASH, hashOf } from '../history/digest';
import type { Message } from '../messages/message';
import type { Ending } from './outcome';

/** An operator's word on a parked message. */
export interface Release {
  /** 'close': it has been released into another stream. */
  readonly action: 'retry' | 'skip' | 'close';
  /** Version of the open park in the actor's own stream; undefined where the message stands in a park stream. */
  readonly of: number | undefined;
  /** That park stream. */
  readonly from: string | undefined;
  readonly by: string;
  readonly why: string;
}

/** The row that set a deadline which is due. */
export interface Fires {
  readonly version: number;
  readonly key: string;
}

export interface Special {
  /** A deadline that is due. */
  readonly fires?: Fires;
  /** A parked message that an operator releases or skips. */
  readonly release?: Release;
  /** The name under which the log holds it, where its class has another one today. */
  readonly as?: string | undefined;
  /** The row in the log has lost personal fields. */
  readonly erased?: boolean;
}
const ORDINARY: Special = {};

const NONE: readonly string[] = [];

/** One message on its way to one actor. */
export class Delivery {
  /** How often its method has thrown. */
  attempts = 0;
  /** Id of its first row in each append whose outcome is unknown. */
  unsure: readonly string[] = NONE;
  /** Why its method must not run: it has killed the process too often. */
  deadly: string | undefined;
  /** The last error of its method. */
  error: unknown;
  /** When its method runs again, in milliseconds since 1970. */
  nextTry: number | undefined;
  private text: string | undefined;
  private digest: string | undefined;

  constructor(
    readonly type: string,
    readonly stream: string,
    readonly cause: Cause,
    readonly time: number,
    /** Undefined when the row in the log is not a valid message: then `invalid` says why and `raw` is the row's data. */
    readonly message: Message | undefined,
    readonly invalid: string | undefined,
    readonly raw: string,
    readonly receiver: Receiver,
    /** The place in the log that waits for this delivery; none for a command. */
    readonly ticket: Ticket | undefined,
    /** What sets it apart from the messages of the log. */
    readonly special: Special = ORDINARY,
  ) {}

  get isCommand(): boolean {
    return this.cause.source === COMMAND_SOURCE;
  }

  /** Canonical JSON of the message after upcasting. @throws WaybillError `CONTENT_…` */
  content(): string {
    return (this.text ??= canonical(this.message));
  }

  /** For a message that has no content of its own: its text as it stood in the log, as a JSON string, bounded. */
  useRaw(): void {
    this.text = JSON.stringify(
      this.raw.length <= 100_000 ? this.raw : `${this.raw.slice(0, 1_000)}… (whole at position ${this.cause.position})`,
    );
  }

  hash(runtime: Runtime): string {
    return (this.digest ??= this.special.erased ? ERASED_HASH : hashOf(this.type, this.content(), this.cause, runtime));
  }
}

/** Whoever handed a delivery in. Exactly one of the methods is called, once. */
export interface Receiver {
  /** `version`: of a command, where its rows begin in the actor's stream. */
  done(delivery: Delivery, ending: Ending, version?: number): void;
  /** No outcome: the caller of a command gets `error`; a message of the log will be delivered again by a later run. */
  failed(delivery: Delivery, error: unknown): void;
}

/** One position of the log on its way through a consumer. */
export interface Ticket {
  readonly position: number;
  /** Characters that it keeps in memory. */
  readonly size: number;
  done: boolean;
}
