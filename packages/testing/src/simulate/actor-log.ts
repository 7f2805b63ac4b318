import type { ActorDefinition, Cause, Recorded } from '@waybill/core';
import { COMMAND_SOURCE } from '@waybill/core';
import { freeze } from './decisions';

/** A message that is set aside and not settled yet. */
export interface OpenPark {
  readonly row: Recorded;
  readonly type: string;
  readonly kind: string;
  readonly reason: string;
  /** Of its message. */
  readonly cause: string;
  /** Business key and content, where it has a key. */
  readonly copy: string | undefined;
  /** Time of its message, which a release tells the method again. */
  readonly at: number;
}

/** What is known of one actor from its rows alone, by a reading of its own: none of the flow's code is asked. */
export interface ActorLog {
  readonly stream: string;
  readonly definition: ActorDefinition;
  state: unknown;
  /** The same rows as yesterday's class sees them, in a rolling upgrade. */
  readonly older: { readonly definition: ActorDefinition; state: unknown } | undefined;
  /** By cause: how it stands in the stream. */
  readonly causes: Map<string, 'took' | 'parked'>;
  /** By business key: the content that was taken in. */
  readonly once: Map<string, string>;
  /** Open parks by version, in order. */
  readonly parks: Map<number, OpenPark>;
  /** Business key and content of all that was ever parked: what an operator skips is skipped with its copies. */
  readonly parkedCopies: Set<string>;
  /** By type and key: the deadline that is pending. */
  readonly pending: Map<string, { readonly version: number; readonly due: number }>;
  /** Highest position of the log that was taken in or parked; by type where code that learns a type looks back for it. */
  readonly last: Map<string, number>;
  closed: boolean;
  /** By id of a command: the answer that its rows give. */
  readonly answers: Map<string, string>;
  /** Rows that must follow directly. */
  owed: string[];
}

export function actorLog(definition: ActorDefinition, stream: string, before?: ActorDefinition): ActorLog {
  return {
    stream,
    definition,
    state: freeze(definition.initial()),
    older: before && { definition: before, state: freeze(before.initial()) },
    causes: new Map(),
    once: new Map(),
    parks: new Map(),
    parkedCopies: new Set(),
    pending: new Map(),
    last: new Map(),
    closed: false,
    answers: new Map(),
    owed: [],
  };
}

export function causeKey({ source, id, position }: Cause): string {
  return source === COMMAND_SOURCE ? `command ${id}` : String(position);
}

/** Version of the first open park that blocks the actor. */
export function blockedBy({ parks }: ActorLog): number | undefined {
  for (const [version, { kind }] of parks) if (kind === 'failed' || kind === 'behind') return version;
  return undefined;
}

/** Whether a message with this business key and content is taken in, or parked. */
export function hasCopy(log: ActorLog, once: string, content: string): boolean {
  return log.once.get(once) === content || (log.closed && log.once.has(once)) || log.parkedCopies.has(`${once} ${content}`);
}
