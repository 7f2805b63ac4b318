import { COMMAND_SOURCE } from '@waybill/core';
import type { Cause, Recorded, Store } from '@waybill/core';
import { causeKey } from '../audit/book';
import { lineOf } from '../audit/line';
import type { Line } from '../audit/line';
import type { Effect } from './explanation';

/** Rows that are kept of what a message led to. */
const EFFECTS = 1_000;
const DEPTH = 32;

/** Every row of a log that has to do with an id. */
export interface Trail {
  /** Those that have it. */
  readonly copies: readonly Line[];
  /** Those whose cause is one of them, or a command with this id; by key of the cause. */
  readonly traces: ReadonlyMap<string, readonly Line[]>;
  readonly caused: readonly Effect[];
  readonly more: boolean;
  readonly position: number;
}

/** Commands have no place in a log: their id is their key. */
export function keyOf(cause: Cause): string {
  return cause.source === COMMAND_SOURCE ? `${COMMAND_SOURCE} ${cause.id}` : causeKey(cause);
}

/** Looks at every row above `after`, once: no log has an index of ids. Effects stand behind their causes, so one pass finds them all. */
export async function follow(store: Store, id: string, after: number): Promise<Trail> {
  const copies: Line[] = [];
  const traces = new Map<string, Line[]>();
  const caused: Effect[] = [];
  /** What is followed: key of a cause → how far it is from the message. */
  const depths = new Map([[`${COMMAND_SOURCE} ${id}`, 0]]);
  let more = false;
  const head = await store.head();
  for await (const line of linesOf(store, after, head)) {
    const { row, cause, kind } = line;
    if (row.id === id) {
      copies.push(line);
      depths.set(causeKey({ id, source: store.id, position: row.position }), 0);
    }
    if (kind === 'event' || kind === 'due') continue;
    const key = keyOf(cause);
    const depth = depths.get(key);
    if (depth === undefined) continue;
    if (depth === 0) traces.set(key, [...(traces.get(key) ?? []), line]);
    const effect = effectOf(line, depth);
    if (!effect) continue;
    if (caused.length >= EFFECTS || depth >= DEPTH) more = true;
    else {
      caused.push(effect);
      if (kind === 'emitted' || kind === 'armed') depths.set(causeKey({ id: row.id, source: store.id, position: row.position }), depth + 1);
    }
  }
  return { copies, traces, caused, more, position: head };
}

async function* linesOf(store: Store, after: number, head: number): AsyncGenerator<Line> {
  const stop = new AbortController();
  try {
    for await (const { events, position, caughtUp } of store.subscribe({ everything: true, after, limit: 1_000 }, stop.signal)) {
      for (const row of events) {
        const line = readable(row);
        if (line && row.position <= head) yield line;
      }
      if (caughtUp || position >= head) return;
    }
  } finally {
    stop.abort();
  }
}

/** A row that nobody can read tells nothing; the audit names it. */
function readable(row: Recorded): Line | undefined {
  try {
    return lineOf(row);
  } catch {
    return undefined;
  }
}

/** What a row adds to the story of its cause: of a message that it led to, also where that was taken in. */
function effectOf({ row, kind, type }: Line, depth: number): Effect | undefined {
  const { stream, version, position, id } = row;
  const at = { stream, version, position };
  if (kind === 'emitted') return { depth: depth + 1, kind: 'event', type, id, at };
  if (kind === 'armed') return { depth: depth + 1, kind: 'deadline', type, id, at };
  if (kind === 'closed') return { depth: depth + 1, kind: 'closed', type: '', id, at };
  if (depth === 0 || (kind !== 'took' && kind !== 'parked')) return undefined;
  return { depth, kind: kind === 'took' ? 'taken' : 'parked', type, id, at };
}
