import type { Recorded } from '@waybill/core';
import { actorRow } from './log';
import type { ActorRow } from './log';
import { contentOf } from './messages';
import type { Facts } from './messages';
import { shippingFold, STATUSES } from './shipping-fold';
import type { Fold } from './shipping-fold';

/**
 * What must hold of a log, whoever wrote it and whatever went wrong meanwhile. Reads the texts of the rows and asks none
 * of the flow's code. Each check answers with what is wrong; nothing wrong is [].
 */
export interface Evidence {
  readonly log: readonly Recorded[];
  /** Identity of the log, as causes name it. */
  readonly store: string;
  readonly facts: Facts;
  /** Nothing is under way any more: then nothing may be missing either. */
  readonly atRest: boolean;
  /** Causes rise within one type only: code that learned a type later took in earlier messages of it afterwards. */
  readonly perType?: boolean;
}

interface Streams {
  readonly all: ReadonlyMap<string, readonly ActorRow[]>;
  /** Those of orders. */
  readonly orders: ReadonlyMap<string, readonly ActorRow[]>;
}

export type Check = (evidence: Evidence, streams: Streams) => string[];

/** I1: at most one ShipmentRequested per order; at rest one if and only if the order is complete. */
export const effectOnce: Check = ({ atRest }, { orders }) =>
  each(orders, (stream, rows) => {
    const requests = rows.filter(isRequest).length;
    const due = completedAt(rows) !== undefined ? 1 : 0;
    if (requests > 1) return [`${stream} has ${requests} ShipmentRequested`];
    return atRest && requests !== due ? [`${stream} has ${requests} ShipmentRequested, ${due} is right`] : [];
  });

/** I2: at most one row that takes in a business key, and one row per cause; at rest every message that was fed is accounted for by a row. */
export const takenOnce: Check = ({ log, store, facts, atRest }, { all }) => {
  const problems = each(all, (stream, rows) => {
    const inputs = rows.filter(isInput);
    const keys = inputs.filter((row) => row.kind === 'took').flatMap((row) => keyOf(facts, row) ?? []);
    const causes = inputs.map(({ cause }) => `${cause.source} ${cause.source === 'command' ? cause.id : cause.position}`);
    return [
      ...doubles(keys).map((key) => `${stream} took in ${key} more than once`),
      ...doubles(causes).map((cause) => `${stream} has more than one row for the cause ${cause}`),
    ];
  });
  return atRest ? [...problems, ...missing(log, store, facts, all)] : problems;
};

/** I3: ShipmentRequested names exactly the items below the accepted count, all of them taken in before it. */
export const contentRight: Check = (_, { orders }) =>
  each(orders, (stream, rows) =>
    rows.filter(isRequest).flatMap((request) => {
      const before = rows.filter((row) => row.version < request.version);
      const count = before.find((row) => row.kind === 'took' && row.type === 'OrderAccepted')?.data.itemCount as number;
      const items = itemsOf(before)
        .filter((index) => index < count)
        .join();
      const told = [...(request.data.items as number[])].sort((a, b) => a - b).join();
      if (told !== items) return [`${stream} requests the items ${told}, taken in are ${items}`];
      return completedAt(before) !== undefined ? [] : [`${stream} requests a shipment of an order that is not complete`];
    }),
  );

/** I4: the status never moves back along a stream. `fold` gives the state behind a row. */
export const monotone =
  (fold: Fold = shippingFold): Check =>
  (_, { orders }) =>
    each(orders, (stream, rows) => {
      let state = fold.initial();
      return rows.flatMap((row) => {
        const before = state.status;
        state = fold.apply(row, state);
        const back = STATUSES.indexOf(state.status) < STATUSES.indexOf(before);
        return back ? [`${stream} went back from ${before} to ${state.status} at version ${row.version}`] : [];
      });
    });

/** I5: causes stand in a stream in the order in which they stand in their log. */
export const inOrder: Check = ({ perType }, { all }) =>
  each(all, (stream, rows) => {
    const last = new Map<string, number>();
    return rows
      .filter((row) => isInput(row) && row.cause.source !== 'command')
      .flatMap(({ cause, type, version }) => {
        const key = perType ? `${cause.source} ${type}` : cause.source;
        const before = last.get(key) ?? 0;
        last.set(key, cause.position);
        return cause.position > before ? [] : [`${stream} version ${version} takes position ${cause.position} after ${before}`];
      });
  });

/** I6: what a message led to stands directly behind its took row, all of it, and nothing else claims its cause. */
export const atomic: Check = (_, { all }) =>
  each(all, (stream, rows) => {
    const completing = stream.startsWith('shipping-') ? completedAt(rows) : undefined;
    return rows.flatMap((row, i) => {
      const problems = row.version === i ? [] : [`${stream} has version ${row.version} in place ${i}`];
      if (row.kind !== 'emitted') {
        const follows = rows[i + 1];
        return completing === i && !(follows && isRequest(follows))
          ? [...problems, `${stream} version ${i} completes the order, its request is missing`]
          : problems;
      }
      const before = rows[i - 1];
      const belongs =
        before && before.kind !== 'parked' && before.cause.id === row.cause.id && before.cause.position === row.cause.position;
      return belongs ? problems : [...problems, `${stream} version ${i} (${row.type}) stands apart from what led to it`];
    });
  });

/** Every check; [] when all of them hold. */
export function violations(evidence: Evidence): string[] {
  const all = new Map<string, ActorRow[]>();
  for (const row of evidence.log) {
    const entry = actorRow(row);
    if (!entry) continue;
    const rows = all.get(entry.stream);
    if (rows) rows.push(entry);
    else all.set(entry.stream, [entry]);
  }
  const orders = new Map([...all].filter(([stream]) => stream.startsWith('shipping-')));
  return [effectOnce, takenOnce, contentRight, monotone(), inOrder, atomic].flatMap((check) => check(evidence, { all, orders }));
}

function isRequest({ kind, type }: ActorRow): boolean {
  return kind === 'emitted' && type === 'ShipmentRequested';
}
function isInput({ kind }: ActorRow): boolean {
  return kind !== 'emitted';
}

function itemsOf(rows: readonly ActorRow[]): number[] {
  const items = rows.filter((row) => row.kind === 'took' && row.type === 'ItemAdded');
  return items.map(({ data }) => data.index as number).sort((a, b) => a - b);
}

/** Which row makes the order complete. */
function completedAt(rows: readonly ActorRow[]): number | undefined {
  const items = new Set<number>();
  let count: number | undefined;
  let next = 0;
  for (const [i, row] of rows.entries()) {
    if (row.kind !== 'took') continue;
    if (row.type === 'ItemAdded') items.add(row.data.index as number);
    if (row.type === 'OrderAccepted') count ??= row.data.itemCount as number;
    while (items.has(next)) next++;
    if (count !== undefined && next >= count) return i;
  }
  return undefined;
}

function keyOf(facts: Facts, { stream, type, data }: ActorRow): string | undefined {
  const once = facts[type]?.once?.(data);
  return once === undefined ? undefined : `${stream} ${type} ${once}`;
}

/** Messages of the log that no row of their actor speaks of: neither taken in, nor parked, nor equal to one that was. */
function missing(log: readonly Recorded[], store: string, facts: Facts, all: Streams['all']): string[] {
  const causes = new Set<number>();
  const contents = new Set<string>();
  for (const rows of all.values()) {
    for (const row of rows.filter(isInput)) {
      if (row.cause.source === store) causes.add(row.cause.position);
      const fact = facts[row.type];
      if (fact?.once && !('raw' in row.data)) contents.add(`${keyOf(facts, row)} ${contentOf(fact, row.data, row.v)}`);
    }
  }
  return log.flatMap((row) => {
    const fact = facts[row.type];
    if (!fact || causes.has(row.position)) return [];
    const data = JSON.parse(row.data) as Record<string, unknown>;
    const { v = 1 } = JSON.parse(row.meta) as { v?: number };
    const key = fact.once && `${fact.stream(data)} ${row.type} ${fact.once(data)} ${contentOf(fact, data, v)}`;
    return key && contents.has(key) ? [] : [`${row.type} at ${row.position} (${row.data}) is lost`];
  });
}

function doubles(values: readonly string[]): string[] {
  const seen = new Set<string>();
  return [...new Set(values.filter((value) => seen.size === seen.add(value).size))];
}

function each(streams: ReadonlyMap<string, readonly ActorRow[]>, check: (stream: string, rows: readonly ActorRow[]) => string[]): string[] {
  return [...streams].flatMap(([stream, rows]) => check(stream, rows));
}
