import { canonical } from '@waybill/core';
import type { Recorded, Runtime, Store } from '@waybill/core';
import {
  Delivery,
  difference,
  gate,
  load,
  maskPersonal,
  metaOf,
  parkStream,
  personalOf,
  readMessage,
  streamOf,
  TOOK,
} from '@waybill/core/internal';
import type { ActorDefinition, Fold, OnceKey } from '@waybill/core/internal';
import { describe } from '@waybill/core/store-kit';
import type { ParsedRow } from '../audit/parsed-row';
import type { Told } from './explanation';
import { outcomeFromRows, placeOf } from './outcomes';

/** What is needed to read from the log. */
export interface LogAccess {
  readonly store: Store;
  readonly runtime: Runtime;
}
/** Not the id of any log: with it, the gate decides by the business key alone. */
const NOWHERE = '~explain';
const PAGE = 1_000;
const nobody = { done: () => undefined, failed: () => undefined };

/** What became of a message of the log at a class of actors that takes it; `reached` is how far that class has read. */
export async function explainAtActor(
  access: LogAccess,
  definition: ActorDefinition,
  row: Recorded,
  traces: readonly ParsedRow[],
  reached: number,
): Promise<Told> {
  const { kind, name } = definition;
  const who = { consumer: name, kind: kind as Told['kind'] };
  const own = traces.filter(({ row: { stream } }) => stream.startsWith(`${name}-`) || stream === parkStream(name));
  const result = outcomeFromRows(own);
  const delivered = deliveryOf(definition, row);
  const stream = own.find(({ kind: what }) => what !== 'noted')?.row.stream ?? delivered.stream;
  if (!result) {
    const [effect] = own;
    if (!effect) return { ...who, ...(await derived(access, definition, delivered, row, reached)) };
    const because = 'taken in: its actor was closed and that row truncated, but what it led to is still there';
    return { ...who, outcome: 'applied', stream: effect.row.stream, row: placeOf(effect), because };
  }
  return { ...who, stream, ...result, ...(await firstCopy(access, definition, stream, row, own)) };
}

interface Delivered {
  readonly stream: string | undefined;
  readonly delivery: Delivery | undefined;
  readonly why: string | undefined;
}

function deliveryOf(definition: ActorDefinition, row: Recorded): Delivered {
  const known = definition.inputs.get(row.type)?.message;
  if (!known) return { stream: undefined, delivery: undefined, why: undefined };
  const { message, unchecked, invalid } = readMessage(known, row);
  try {
    const subject = message ?? unchecked;
    const stream = subject && streamOf(definition, subject);
    if (stream === undefined) return { stream, delivery: undefined, why: invalid };
    const cause = { id: row.id, source: NOWHERE, position: row.position };
    const [{ messageType: type }, { time, data: raw, erased }] = [known, row];
    const delivery = Delivery.fromLog({ type, stream, cause, time, message, invalid, raw, erased, receiver: nobody });
    return { stream, delivery, why: invalid };
  } catch (error) {
    return { stream: undefined, delivery: undefined, why: describe(error) };
  }
}

type Derived = Omit<Told, 'consumer' | 'kind'>;

/** No row mentions it: the gate of its actor says what it would do with it now. */
async function derived(
  access: LogAccess,
  definition: ActorDefinition,
  delivered: Delivered,
  row: Recorded,
  reached: number,
): Promise<Derived> {
  const { stream, delivery } = delivered;
  const passed = row.position <= reached;
  if (!delivery || stream === undefined) {
    if (delivered.why === undefined) return { outcome: 'none', because: 'key() names no actor for it' };
    return passed
      ? { outcome: 'untold', because: 'no row mentions it, and no key can be computed', reason: delivered.why }
      : { outcome: 'waiting', because: 'not delivered yet', reason: delivered.why };
  }
  const fold = await load(access.store, definition, stream, access.runtime);
  const verdict = gate(definition, fold, delivery, access.runtime);
  if (verdict.as === 'duplicate') {
    const what = passed ? 'dropped' : 'not delivered yet, and will be dropped';
    const first = verdict.first && (await placeIn(access.store, stream, verdict.first.version));
    const reason = verdict.reason === undefined ? {} : { reason: verdict.reason };
    if (first)
      return {
        outcome: 'duplicate',
        stream,
        because: `${what}: a duplicate of version ${first.version}; it left no row`,
        first,
        ...reason,
      };
    return { outcome: 'duplicate', stream, because: `${what}: an equal one is parked; it left no row`, ...reason };
  }
  if (verdict.as === 'late')
    return {
      outcome: 'closed',
      stream,
      because: 'its actor was closed; the closing row knows its key: it, or an equal one, was taken in before',
    };
  if (fold.newer) return { outcome: 'waiting', stream, because: 'its actor waits for newer code', reason: fold.newer.error.message };
  if (!passed) return { outcome: 'waiting', stream, because: 'not delivered yet' };
  if (isTruncated(fold)) return { outcome: 'closed', stream, because: 'its actor was closed, and its rows were truncated' };
  return { outcome: 'untold', stream, because: 'its consumer has passed it, but no row mentions it: run the audit on this log' };
}

function isTruncated({ closed, truncated, version }: Fold): boolean {
  return closed !== undefined && (truncated || closed.version === version);
}

async function placeIn(store: Store, stream: string, version: number): Promise<Told['first']> {
  const [row] = await store.read(stream, version, 1);
  return row?.version === version ? { stream, version, position: row.position } : { stream, version };
}

/** The first copy that a conflicting one met, and how they differ. */
async function firstCopy(
  { store, runtime }: LogAccess,
  definition: ActorDefinition,
  stream: string | undefined,
  row: Recorded,
  own: readonly ParsedRow[],
): Promise<Pick<Told, 'first' | 'diff'>> {
  const parked = own.find(({ kind, meta }) => kind === 'parked' && meta.park === 'conflict');
  const { once } = parked?.meta ?? {};
  if (!parked || once === undefined || stream === undefined) return {};
  const type = definition.inputs.get(row.type)?.message.messageType ?? row.type;
  const { dedup } = await load(store, definition, stream, runtime);
  const version = dedup.first(type, once)?.version ?? (await searched(store, stream, type, once, parked.row.version));
  if (version === undefined) return {};
  const [copy] = await store.read(stream, version, 1);
  if (copy?.version !== version) return { first: { stream, version } };
  const first = { stream, version, position: copy.position };
  const diff = maskPersonal(personalOf(type), differing(copy.data, parked.row.data));
  return { first, diff };
}

/** A closed actor knows that a key was taken in, but no longer where; the row may still be there. */
async function searched(store: Store, stream: string, type: string, once: OnceKey, below: number): Promise<number | undefined> {
  for (let from = 0; from < below;) {
    const rows = await store.read(stream, from, PAGE);
    const found = rows.find((row) => row.type === TOOK + type && row.version < below && metaOf(row).once === once);
    if (found || rows.length < PAGE) return found?.version;
    from = (rows.at(-1) as Recorded).version + 1;
  }
  return undefined;
}

function differing(first: string, second: string): ReturnType<typeof difference> {
  try {
    return difference(canonical(JSON.parse(first)), canonical(JSON.parse(second)));
  } catch {
    return [];
  }
}
