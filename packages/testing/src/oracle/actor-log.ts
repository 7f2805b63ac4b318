import type { Message, Recorded } from '@waybill/core';
import { COMMAND_SOURCE } from '@waybill/core/internal';
import type { ActorDefinition, Cause } from '@waybill/core/internal';
import { freeze, statusOf } from './decisions';
import type { ActorRow, Facts } from './facts';

/** Says which invariant is violated, and how. */
export type Report = (rule: string, what: string) => void;

/** A parked message that is not settled yet. */
export interface OpenPark {
  readonly row: Recorded;
  readonly type: string;
  readonly kind: string;
  readonly reason: string;
  /** Key of the cause that it was parked for. */
  readonly cause: string;
  /** Business key and content, where it has a key. */
  readonly copy: string | undefined;
  /** Time of the message: a release gives the method the same. */
  readonly at: number;
}

/** What one actor's rows alone say of it. Read independently: none of the flow's code is asked. */
export interface ActorLog {
  readonly stream: string;
  readonly definition: ActorDefinition;
  readonly facts: Facts;
  /** Of its last row. */
  version: number;
  state: unknown;
  /** The same rows as folded by the previous version of the class, as long as it can read all of them. */
  older: { readonly definition: ActorDefinition; state: unknown } | undefined;
  /** Whether the class has learned a type since that version. */
  readonly learns: boolean;
  /** By cause: whether it was taken in, parked, or parked and then taken in. */
  readonly causes: Map<string, 'took' | 'parked' | 'released'>;
  /** By business key: the content that was taken in. */
  readonly once: Map<string, string>;
  /** Open parks by version, in order. */
  readonly parks: Map<number, OpenPark>;
  /** Business key and content of all that was ever parked: what an operator skips is skipped with its copies. */
  readonly parkedCopies: Set<string>;
  /** Those of them that an operator has skipped. */
  readonly skippedCopies: Set<string>;
  /** By type and key: the deadline that is pending. */
  readonly pending: Map<string, { readonly version: number; readonly due: number }>;
  /** The row that was read last settles a parked deadline that was cancelled or set anew while it was parked. */
  isVoid: boolean;
  /** Highest position of the log that was taken in or parked; by type during an upgrade, since code that learns a type looks back for it. */
  readonly last: Map<string, number>;
  closed: boolean;
  /** By id of a command: the answer that its rows give. */
  readonly answers: Map<string, string>;
  /** Rows that must follow directly: what the last decision asks for. */
  expected: string[];
}

export function actorLog(facts: Facts, definition: ActorDefinition, stream: string): ActorLog {
  const before = facts.olderOf(definition);
  return {
    stream,
    definition,
    facts,
    version: -1,
    state: freeze(definition.initial()),
    older: before && { definition: before, state: freeze(before.initial()) },
    learns: before !== undefined && [...definition.inputs.keys()].some((type) => !before.inputs.has(type)),
    causes: new Map(),
    once: new Map(),
    parks: new Map(),
    parkedCopies: new Set(),
    skippedCopies: new Set(),
    pending: new Map(),
    isVoid: false,
    last: new Map(),
    closed: false,
    answers: new Map(),
    expected: [],
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

/** I9, I4: the message is folded into the state, and the status does not move back. */
export function fold(log: ActorLog, entry: ActorRow, report: Report): void {
  const before = statusOf(log);
  const { type, message } = entry;
  try {
    if (message) log.state = folded(log, log, type, message);
  } catch (error) {
    return report('I9', `cannot be folded: ${String(error)}`);
  }
  if (statusOf(log) < before) report('I4', 'moves the status back');
  foldOlder(log, entry);
}

/** From a row on that only newer code can read, the previous version has no say about this actor. */
export function foldOlder(log: ActorLog, entry: ActorRow, folds = true): void {
  const { older, facts } = log;
  if (!older) return;
  const reads = entry.kind === 'emitted' ? facts.foldOf(older.definition, entry.type) : true;
  const message = reads && facts.readAs(older.definition, entry);
  try {
    if (reads && !message) log.older = undefined;
    else if (message && folds) older.state = folded(log, older, entry.type, message);
  } catch {
    log.older = undefined;
  }
}

function folded(
  { facts }: ActorLog,
  { definition, state }: Pick<ActorLog, 'definition' | 'state'>,
  type: string,
  message: Message,
): unknown {
  const folding = facts.foldOf(definition, type);
  return folding ? freeze(folding.fold(message, state)) : state;
}
