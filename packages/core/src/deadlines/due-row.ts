import { fieldsOf } from '../base/canonical-json';
import type { Runtime } from '../base/runtime';
import type { Cause } from '../history/cause';
import { metaOf } from '../history/codec';
import { damagedRow } from '../store/damage';
import { DUE } from '../store/hidden-rows';
import type { NewEvent, Recorded, Store } from '../store/port';
import type { Due, DueRow } from './heap';

/** The format of a bucket's rows, both ways: each is a copy of the row that set a deadline, and the last one ends the bucket. */
export function encodeDue(store: Store, runtime: Runtime, row: DueRow, time: number): NewEvent {
  return { id: runtime.uuid(), type: DUE, data: row.data, meta: metaFor(store, row, ''), time };
}

/** Names a deadline of the bucket again, so that older code, which knows no such rows, can read it. */
export function endRow(store: Store, runtime: Runtime, sample: DueRow, time: number): NewEvent {
  return { id: runtime.uuid(), type: DUE, data: '{}', meta: metaFor(store, sample, ',"ended":true'), time };
}

export function causeOf(store: Store, { id, position }: DueRow): Cause {
  return { id, source: store.id, position };
}

function metaFor(store: Store, row: DueRow, more: string): string {
  const { type, meta, stream, version, time } = row;
  return `{"cause":${JSON.stringify(causeOf(store, row))},"armed":${JSON.stringify({ type, meta, stream, version, time })}${more}}`;
}

export function isEnd(row: Recorded): boolean {
  return (metaOf(row) as { ended?: true }).ended === true;
}

/** @throws WaybillError `LOG_DAMAGED` */
export function decodeDue(kept: Recorded, bucket: string): Due {
  const { data, erased } = kept;
  const { cause, armed } = metaOf(kept) as { cause?: Cause; armed?: Partial<DueRow> };
  const { due } = (fieldsOf(String(armed?.meta)) ?? {}) as { due?: unknown };
  // Earlier releases do not say when it was set.
  const row = { time: 0, ...armed, data, position: cause?.position, id: cause?.id, erased };
  if (typeof due === 'number' && isDueRow(row)) return { due, place: bucket, row };
  throw damagedRow(kept);
}

function isDueRow(row: { readonly [F in keyof DueRow]?: unknown }): row is DueRow {
  const texts = [row.type, row.stream, row.id].every((text) => typeof text === 'string');
  return texts && [row.version, row.position, row.time].every(Number.isSafeInteger);
}
