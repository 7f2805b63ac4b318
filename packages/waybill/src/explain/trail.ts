import { COMMAND_SOURCE } from '@waybill/core';
import type { Cause, Recorded, Store } from '@waybill/core';
import { causeKey } from '../audit/actor-history';
import { parseRow } from '../audit/parsed-row';
import type { ParsedRow } from '../audit/parsed-row';
import type { Effect } from './explanation';

/** The most rows that are kept of what a message led to. */
const EFFECTS = 1_000;
const DEPTH = 32;

/** Every row of a log that concerns an id. */
export interface Trail {
  /** The rows that have it. */
  readonly copies: readonly ParsedRow[];
  /** The rows whose cause is one of those, or a command with this id; by the key of the cause. */
  readonly traces: ReadonlyMap<string, readonly ParsedRow[]>;
  readonly caused: readonly Effect[];
  readonly more: boolean;
  readonly position: number;
}

/** The key of a cause. A command has no place in a log: its id is its key. */
function keyOf(cause: Cause): string {
  return cause.source === COMMAND_SOURCE ? `${COMMAND_SOURCE} ${cause.id}` : causeKey(cause);
}

/** Reads every row above `after` once, since no log has an index of ids. Effects come after their causes, so one pass finds them all. */
export async function follow(store: Store, id: string, after: number): Promise<Trail> {
  const copies: ParsedRow[] = [];
  const traces = new Map<string, ParsedRow[]>();
  const caused: Effect[] = [];
  /** Key of a cause that is followed → its distance from the message. */
  const depths = new Map([[`${COMMAND_SOURCE} ${id}`, 0]]);
  let more = false;
  const head = await store.head();
  for await (const parsed of rowsAfter(store, after, head)) {
    const { row, cause, kind } = parsed;
    if (row.id === id) {
      copies.push(parsed);
      depths.set(causeKey({ id, source: store.id, position: row.position }), 0);
    }
    if (kind === 'event' || kind === 'due') continue;
    const key = keyOf(cause);
    const depth = depths.get(key);
    if (depth === undefined) continue;
    if (depth === 0) traces.set(key, [...(traces.get(key) ?? []), parsed]);
    const effect = effectOf(parsed, depth);
    if (!effect) continue;
    if (caused.length >= EFFECTS || depth >= DEPTH) more = true;
    else {
      caused.push(effect);
      if (kind === 'emitted' || kind === 'armed') depths.set(causeKey({ id: row.id, source: store.id, position: row.position }), depth + 1);
    }
  }
  return { copies, traces, caused, more, position: head };
}

async function* rowsAfter(store: Store, after: number, head: number): AsyncGenerator<ParsedRow> {
  const stop = new AbortController();
  try {
    for await (const { events, position, caughtUp } of store.subscribe({ everything: true, after, limit: 1_000 }, stop.signal)) {
      for (const row of events) {
        const parsed = readable(row);
        if (parsed && row.position <= head) yield parsed;
      }
      if (caughtUp || position >= head) return;
    }
  } finally {
    stop.abort();
  }
}

/** A row that cannot be read is left out; the audit reports it. */
function readable(row: Recorded): ParsedRow | undefined {
  try {
    return parseRow(row);
  } catch {
    return undefined;
  }
}

/** The effect that a row records: what its cause led to, and, for those messages, where they were taken in. */
function effectOf({ row, kind, type }: ParsedRow, depth: number): Effect | undefined {
  const { stream, version, position, id } = row;
  const at = { stream, version, position };
  if (kind === 'emitted') return { depth: depth + 1, kind: 'event', type, id, at };
  if (kind === 'armed') return { depth: depth + 1, kind: 'deadline', type, id, at };
  if (kind === 'closed') return { depth: depth + 1, kind: 'closed', type: '', id, at };
  if (depth === 0 || (kind !== 'took' && kind !== 'parked')) return undefined;
  return { depth, kind: kind === 'took' ? 'taken' : 'parked', type, id, at };
}
