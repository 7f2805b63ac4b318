import type { Recorded, Store } from '@waybill/core';

export type Row = Pick<Recorded, 'stream' | 'version' | 'id' | 'type' | 'data' | 'meta'>;
export type Data = Readonly<Record<string, unknown>>;

/** A row of an actor's stream, as the text in the log says it; read without the code that wrote it. */
export interface ActorRow {
  readonly stream: string;
  readonly version: number;
  readonly id: string;
  readonly kind: 'took' | 'parked' | 'timer' | 'emitted';
  readonly type: string;
  readonly data: Data;
  readonly v: number;
  readonly cause: { readonly id: string; readonly source: string; readonly position: number };
  readonly park: string | undefined;
  readonly reason: string;
  readonly refused: string | undefined;
  readonly discarded: string | undefined;
}

interface Meta {
  readonly cause?: ActorRow['cause'];
  readonly v?: number;
  readonly park?: string;
  readonly reason?: string;
  readonly refused?: string;
  readonly discarded?: string;
}

/** Undefined for a row that no actor wrote. */
export function actorRow(row: Row): ActorRow | undefined {
  const meta = JSON.parse(row.meta) as Meta;
  if (!meta.cause) return undefined;
  const [, prefix, type] = /^(took:|parked:|timer:)?(.*)$/.exec(row.type) as unknown as [string, string | undefined, string];
  const data = JSON.parse(row.data) as Data;
  return {
    stream: row.stream,
    version: row.version,
    id: row.id,
    kind: prefix === undefined ? 'emitted' : (prefix.slice(0, -1) as 'took' | 'parked' | 'timer'),
    type,
    // What could not be read is kept as its text.
    data: typeof data === 'string' ? { raw: data } : data,
    v: meta.v ?? 1,
    cause: meta.cause,
    park: meta.park,
    reason: meta.reason ?? '',
    refused: meta.refused,
    discarded: meta.discarded,
  };
}

/** Every row that the log holds by now, in order of position. */
export async function wholeLog(store: Store): Promise<readonly Recorded[]> {
  const rows: Recorded[] = [];
  const stop = new AbortController();
  for await (const page of store.subscribe({ everything: true, after: 0, limit: 1_000 }, stop.signal)) {
    rows.push(...page.events);
    if (page.caughtUp) break;
  }
  stop.abort();
  return rows;
}
