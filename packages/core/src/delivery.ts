import type { Ticket } from './checkpoint';
import { canonical } from './content';
import type { Difference } from './content';
import type { Message } from './message';
import type { OutcomeKind } from './outcome';
import type { Runtime } from './runtime';

/** Names commands as the source of a cause: they come from a caller, not from a log. */
export const COMMAND_SOURCE = 'command';

/** The input that led to a row. `position` is 0 where `source` is the caller of a command. */
export interface Cause {
  readonly id: string;
  readonly source: string;
  readonly position: number;
}

/** The end of a delivery, published when all that it rests on is durable. */
export interface Ending {
  readonly kind: OutcomeKind;
  readonly reason?: string | undefined;
  readonly diff?: readonly Difference[] | undefined;
  /** What the method emitted, where it ran. */
  readonly events?: readonly Message[];
  /** The method refused a command: the refusal is its answer. */
  readonly refused?: boolean;
}

/** A shorter content is its own digest: no digest tells more apart, and none is faster. */
const DIGEST_FROM = 128;

/** Stands for a content that was erased: equal to any, as nobody can tell. */
export const ERASED_HASH = '*';

/** Two inputs are equal when these are; the id of a command stands for its type too. */
export function hashOf(type: string, content: string, cause: Cause, runtime: Runtime): string {
  const subject = cause.source === COMMAND_SOURCE ? `${type} ${content}` : content;
  return subject.length < DIGEST_FROM ? subject : runtime.hash(subject);
}

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
