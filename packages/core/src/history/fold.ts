import type { ActorDefinition } from '../actors/definition';
import type { Lifecycle } from '../actors/lifecycle';
import { WaybillError } from '../base/errors';
import type { Expected } from '../store/port';
import { COMMAND_SOURCE, causeKey } from './cause';
import { ClosedKeys } from './closed-keys';
import { Dedup } from './dedup';
import type { Newer } from './newer';
import { settle } from './settle';
import type { Entry, Noted, Parked, Input } from './rows';

/** I9: what an actor's stream folds to: its state, and the memory of the gate (`Dedup`). `replay` folds rows of the log into it. */
export interface Fold {
  readonly stream: string;
  version: Expected;
  state: unknown;
  /** Why the state could not be folded: the gate still works, but no method runs. */
  broken: unknown;
  /** Why only newer code can read a row of the stream: the gate knows duplicates, and nothing else is decided or written. */
  newer: Newer | undefined;
  dedup: Dedup;
  /** Set once the actor is closed. */
  closed: { readonly version: number; readonly keys: ClosedKeys } | undefined;
  /** This process has truncated the stream below its closing row. */
  truncated: boolean;
  /** Characters that were folded into the state since `stateSize` was counted: about what it can have grown by. */
  grown: number;
  stateSize: number;
  /** Version of the row that the newest snapshot ends with; -1 for none. */
  snapshot: number;
}

export function emptyFold(definition: ActorDefinition, stream: string): Fold {
  const state = definition.initial();
  const none = { broken: undefined, newer: undefined, closed: undefined, truncated: false, snapshot: -1 };
  return { stream, version: 'none', state, dedup: new Dedup(), ...none, grown: 0, stateSize: 0 };
}

/**
 * Applies the rows of one message, all or nothing. Of new ones, the state that they lead to is checked, and frozen where `freeze` is true;
 * of rows of the log, `freeze` is left out.
 * @throws what a fold throws, WaybillError `STATE_NOT_JSON`; the fold is then as it was.
 */
export function applyEntries(definition: ActorDefinition, fold: Fold, entries: readonly Entry[], freeze?: boolean): void {
  let { state, grown } = fold;
  for (const entry of entries) {
    if (entry.kind !== 'took' && entry.kind !== 'emitted') continue;
    state = foldMessage(definition, entry, state);
    grown += entry.content.length;
  }
  if (freeze !== undefined) settle(definition, state, fold.state, freeze);
  fold.state = state;
  fold.grown = grown;
  for (const entry of entries) remember(fold, entry);
}

function foldMessage(definition: ActorDefinition, entry: Extract<Entry, { kind: 'took' | 'emitted' }>, state: unknown): unknown {
  if (entry.kind === 'took' && isOnlyRemembered(entry)) return state;
  const folding = definition.folds.get(entry.type);
  if (!folding) return state;
  const next = folding.fold(entry.message, state);
  if (definition.lifecycle && next !== state) refuseStatusBack(definition.lifecycle, entry.type, state, next);
  return next;
}

/** An input that was refused, discarded or too late is remembered for the gate; the state does not change. */
function isOnlyRemembered({ refused, discarded, late }: Input): boolean {
  return refused !== undefined || discarded !== undefined || late === true;
}

function refuseStatusBack(lifecycle: Lifecycle, type: string, state: unknown, next: unknown): void {
  const from = (state as { status: string }).status;
  const to = (next as { status: string } | undefined)?.status as string;
  if (from === to || lifecycle.index(to) > lifecycle.index(from)) return;
  throw new WaybillError(
    'STATUS_MOVED_BACK',
    `@Applies(${type}) moved the status from "${from}" back to "${to}"`,
    'return lifecycle.forward(state.status, …)',
  );
}

/** Includes one row in the fold, except in its state. */
export function remember(fold: Fold, entry: Entry): void {
  const version = fold.version === 'none' ? 0 : fold.version + 1;
  fold.version = version;
  const { dedup } = fold;
  switch (entry.kind) {
    case 'emitted':
      return;
    case 'armed':
      return dedup.arm(entry.type, entry.key, version);
    case 'cancelled':
      return dedup.disarm(entry.type, entry.key);
    case 'noted':
      return note(dedup, entry);
    case 'closed':
      return close(fold, entry.content, version);
    case 'took':
    case 'parked':
      return rememberInput(dedup, entry, version);
  }
}

function note(dedup: Dedup, { park, of, until }: Noted): void {
  dedup.claim(of, until);
  if (park === 'skipped') dedup.skip(of);
  else if (park === 'released') dedup.settle(of);
}

function rememberInput(dedup: Dedup, entry: Input | Parked, version: number): void {
  const { cause, type, digest, once, of, from } = entry;
  if (cause.source === COMMAND_SOURCE) return dedup.answer(cause.id, { digest, version });
  // A released message or a deadline is out of order: its position says nothing about earlier messages.
  if (of !== undefined) dedup.settle(of, entry.kind === 'parked' ? version : undefined);
  else if (from !== undefined) dedup.release(causeKey(cause));
  else dedup.see(cause.source, entry.as ?? type, cause.position);
  if (entry.kind === 'parked') dedup.park(version, { type, digest, once, park: entry.park });
  else if (once !== undefined && !isAnotherCopy(entry)) dedup.take(type, once, { digest, version });
}

/** A release is discarded where another copy was taken in meanwhile: then it is not the first copy of its key. */
function isAnotherCopy({ of, from, discarded }: Input): boolean {
  return (of !== undefined || from !== undefined) && discarded !== undefined;
}

function close(fold: Fold, content: string, version: number): void {
  const keys = new ClosedKeys(content);
  fold.closed = { version, keys };
  fold.dedup = keys.dedup(fold.dedup);
}
