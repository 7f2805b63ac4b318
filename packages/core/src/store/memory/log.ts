import { truncateAhead } from '../limits';
import { isHidden } from '../hidden-rows';
import type { NewEvent, Page, Query, Recorded, Write, Written } from '../port';

/** The rows of a stream that `read` still gives; the first of them has version `begin`. */
interface Stream {
  begin: number;
  rows: Recorded[];
}

/** A page ends with the row that brings it to this many characters. */
const PAGE_SIZE = 1_048_576;

/** The log of the memory store: a row can be read as soon as it is written; a truncated hidden row is freed. */
export class MemoryLog {
  /** The row at position p is at p - 1; undefined once truncated. */
  private readonly rows: (Recorded | undefined)[] = [];
  private readonly streams = new Map<string, Stream>();

  get head(): number {
    return this.rows.length;
  }

  *all(): Generator<Recorded> {
    for (const row of this.rows) if (row) yield row;
  }

  /** The streams whose rows are not read from version 0. */
  *starts(): Generator<{ readonly stream: string; readonly version: number }> {
    for (const [stream, { begin }] of this.streams) if (begin > 0) yield { stream, version: begin };
  }

  /** Of a copy, before its rows. */
  begin(stream: string, version: number): void {
    this.streams.set(stream, { begin: version, rows: [] });
  }

  /** A row of a copy, in order of position. */
  put(row: Recorded): void {
    const stream = this.streams.get(row.stream) ?? { begin: 0, rows: [] };
    this.streams.set(row.stream, stream);
    while (this.rows.length < row.position - 1) this.rows.push(undefined);
    this.rows.push(Object.freeze(row));
    if (row.version >= stream.begin) stream.rows.push(row);
  }

  rowAt(position: number): Recorded | undefined {
    return this.rows[position - 1];
  }

  /** A row that was truncated counts as held. */
  holds(position: number, id: string): boolean {
    return position <= this.head && (this.rows[position - 1]?.id ?? id) === id;
  }

  read(name: string, from: number, limit: number): readonly Recorded[] {
    const stream = this.streams.get(name);
    if (!stream) return [];
    const at = Math.max(0, from - stream.begin);
    return stream.rows.slice(at, at + limit);
  }

  write({ stream: name, expected, events }: Write): Written {
    const stream = this.streams.get(name) ?? { begin: 0, rows: [] };
    const end = stream.begin + stream.rows.length;
    const first = expected === 'none' ? 0 : expected + 1;
    if (first !== end) return retried(stream, first, events) ?? { ok: false, actual: end === 0 ? 'none' : end - 1 };
    this.streams.set(name, stream);
    for (const { id, type, data, meta, time } of events) {
      const [version, position] = [stream.begin + stream.rows.length, this.head + 1];
      const row = Object.freeze({ id, type, data, meta, time, stream: name, version, position });
      stream.rows.push(row);
      this.rows.push(row);
    }
    return accepted(stream.rows[stream.rows.length - 1]!);
  }

  /** @throws WaybillError `TRUNCATE_AHEAD` */
  truncate(name: string, before: number): void {
    const stream = this.streams.get(name);
    if (!stream || before >= stream.begin + stream.rows.length) throw truncateAhead(name, before);
    if (before <= stream.begin) return;
    for (const { type, position } of stream.rows.slice(0, before - stream.begin)) {
      if (isHidden(type)) this.rows[position - 1] = undefined;
    }
    stream.rows = stream.rows.slice(before - stream.begin);
    stream.begin = before;
  }

  page(after: number, shows: (row: Recorded) => boolean, limit: number): Page {
    const events: Recorded[] = [];
    let [at, size] = [after, 0];
    for (; at < this.head; at++) {
      const row = this.rows[at];
      if (!row || !shows(row)) continue;
      if (events.length === limit || size >= PAGE_SIZE) break;
      events.push(row);
      size += row.data.length + row.meta.length;
    }
    return { events, position: at, caughtUp: at >= this.head };
  }
}

export function filterOf({ types, everything }: Query): (row: Recorded) => boolean {
  if (everything) return () => true;
  if (!types) return ({ type }) => !isHidden(type);
  const wanted = new Set(types);
  return ({ type }) => wanted.has(type);
}

/** The result of the first attempt, where the stream holds these rows at their versions under the same ids. */
function retried({ begin, rows }: Stream, first: number, events: readonly NewEvent[]): Written | undefined {
  if (first < begin) return undefined;
  const there = rows.slice(first - begin, first - begin + events.length);
  const last = there.at(-1);
  return last && events.every(({ id }, i) => id === there[i]?.id) ? accepted(last) : undefined;
}

function accepted({ version, position }: Recorded): Written {
  return { ok: true, version, position };
}
