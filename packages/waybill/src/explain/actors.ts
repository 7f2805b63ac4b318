import {
  canonical,
  Delivery,
  describe,
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
} from '@waybill/core';
import type { ActorDefinition, Fold, OnceKey, Recorded, Runtime, Store } from '@waybill/core';
import type { Line } from '../audit/line';
import type { Told } from './explanation';
import { endingOf, placeOf } from './words';

/** What explaining works with. */
export interface Explaining {
  readonly store: Store;
  readonly runtime: Runtime;
}
/** Names no log: what is asked of a gate with it is asked of the business key alone. */
const NOWHERE = '~explain';
const PAGE = 1_000;
const nobody = { done: () => undefined, failed: () => undefined };

/** What became of a message of the log at the class of actors that takes it; `low` is where that class stands. */
export async function toldByActor(
  explaining: Explaining,
  definition: ActorDefinition,
  row: Recorded,
  traces: readonly Line[],
  low: number,
): Promise<Told> {
  const { kind, name } = definition;
  const who = { consumer: name, kind: kind as Told['kind'] };
  const own = traces.filter(({ row: { stream } }) => stream.startsWith(`${name}-`) || stream === parkStream(name));
  const ending = endingOf(own);
  const asked = deliveryOf(definition, row);
  const stream = own.find(({ kind: what }) => what !== 'noted')?.row.stream ?? asked.stream;
  if (!ending) {
    const [effect] = own;
    if (!effect) return { ...who, ...(await derived(explaining, definition, asked, row, low)) };
    const because = 'taken in: its actor was closed and that row let go of, what it led to is still there';
    return { ...who, outcome: 'applied', stream: effect.row.stream, row: placeOf(effect), because };
  }
  return { ...who, stream, ...ending, ...(await firstCopy(explaining, definition, stream, row, own)) };
}

interface Asked {
  readonly stream: string | undefined;
  readonly delivery: Delivery | undefined;
  readonly why: string | undefined;
}

function deliveryOf(definition: ActorDefinition, row: Recorded): Asked {
  const known = definition.takings.get(row.type)?.message;
  if (!known) return { stream: undefined, delivery: undefined, why: undefined };
  const { message, unchecked, invalid } = readMessage(known, row, 'park');
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

/** No row speaks of it: its actor is asked what it would say of it now. */
async function derived(explaining: Explaining, definition: ActorDefinition, asked: Asked, row: Recorded, low: number): Promise<Derived> {
  const { stream, delivery } = asked;
  const passed = row.position <= low;
  if (!delivery || stream === undefined) {
    if (asked.why === undefined) return { outcome: 'none', because: 'key() names no actor for it' };
    return passed
      ? { outcome: 'untold', because: 'no row speaks of it, and no key can be computed', reason: asked.why }
      : { outcome: 'waiting', because: 'not delivered yet', reason: asked.why };
  }
  const fold = await load(explaining.store, definition, stream, explaining.runtime);
  const verdict = gate(definition, fold, delivery, explaining.runtime);
  if (verdict.as === 'duplicate') {
    const what = passed ? 'dropped' : 'not delivered yet, and will be dropped';
    const first = verdict.first && (await placeIn(explaining.store, stream, verdict.first.version));
    const reason = verdict.reason === undefined ? {} : { reason: verdict.reason };
    if (first)
      return {
        outcome: 'duplicate',
        stream,
        because: `${what}: a duplicate of version ${first.version}, and left no row`,
        first,
        ...reason,
      };
    return { outcome: 'duplicate', stream, because: `${what}: an equal one is parked, and it left no row`, ...reason };
  }
  if (verdict.as === 'late')
    return {
      outcome: 'closed',
      stream,
      because: 'its actor was closed; the closing row knows its key: it, or an equal one, was taken in before',
    };
  if (!passed) return { outcome: 'waiting', stream, because: 'not delivered yet' };
  if (isTruncated(fold)) return { outcome: 'closed', stream, because: 'its actor was closed, and its rows were let go of' };
  return { outcome: 'untold', stream, because: 'its consumer has passed it, and no row speaks of it: run the audit on this log' };
}

function isTruncated({ closed, truncated, version }: Fold): boolean {
  return closed !== undefined && (truncated || closed.version === version);
}

async function placeIn(store: Store, stream: string, version: number): Promise<Told['first']> {
  const [row] = await store.read(stream, version, 1);
  return row?.version === version ? { stream, version, position: row.position } : { stream, version };
}

/** The copy that a conflicting one met, and in what they differ. */
async function firstCopy(
  { store, runtime }: Explaining,
  definition: ActorDefinition,
  stream: string | undefined,
  row: Recorded,
  own: readonly Line[],
): Promise<Pick<Told, 'first' | 'diff'>> {
  const parked = own.find(({ kind, meta }) => kind === 'parked' && meta.park === 'conflict');
  const { once } = parked?.meta ?? {};
  if (!parked || once === undefined || stream === undefined) return {};
  const type = definition.takings.get(row.type)?.message.messageType ?? row.type;
  const { dedup } = await load(store, definition, stream, runtime);
  const version = dedup.first(type, once)?.version ?? (await searched(store, stream, type, once, parked.row.version));
  if (version === undefined) return {};
  const [copy] = await store.read(stream, version, 1);
  if (copy?.version !== version) return { first: { stream, version } };
  const first = { stream, version, position: copy.position };
  const diff = maskPersonal(personalOf(type), differing(copy.data, parked.row.data));
  return { first, diff };
}

/** A closed actor knows that a key was there, and no more where: the row may be there still. */
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
