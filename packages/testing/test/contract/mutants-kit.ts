import type {
  Checkpoint,
  CheckpointAt,
  Expected,
  Keys,
  Page,
  Query,
  Recorded,
  Snapshot,
  SnapshotAt,
  Store,
  Views,
  ViewWrite,
  Write,
  Written,
} from '@waybill/core';
import type { Mutation } from './disk';

type Pages = AsyncGenerator<Page>;

/** A wrong store, what it does wrong, and the beginnings of the titles of the cases that must fail for it. */
export interface Mutant {
  readonly name: string;
  readonly mutation: Mutation;
  readonly caught: readonly string[];
}

/** Appends write by write, each as `how` does it. */
export function eachWrite(how: (store: Store, write: Write) => Promise<Written>): Mutation {
  return (store) => ({ append: (writes) => Promise.all(writes.map((write) => how(store, write))) });
}

/** Does `how` instead of an append that was sent before; `own`: by this connection. */
export function eachRetry(how: (store: Store, write: Write, own: boolean) => Promise<Written>): Mutation {
  const sent = new Set<string>();
  return (store) => {
    const own = new Set<string>();
    const append = eachWrite(async (_, write) => {
      const attempt = [write.stream, write.expected, ...write.events.map(({ id }) => id)].join();
      const again = sent.has(attempt);
      const mine = own.has(attempt);
      sent.add(attempt);
      own.add(attempt);
      return again ? how(store, write, mine) : one(store, write);
    });
    return append(store);
  };
}

export async function one(store: Store, write: Write): Promise<Written> {
  return (await store.append([write]))[0]!;
}

export async function end(store: Store, stream: string): Promise<Expected> {
  return (await store.read(stream, 0, 100_000)).at(-1)?.version ?? 'none';
}

export async function newest(store: Store): Promise<Recorded | undefined> {
  for await (const page of store.subscribe({ after: 0, limit: 100_000 }, new AbortController().signal)) return page.events.at(-1);
  return undefined;
}

export function lockInOrder(): Mutation {
  const locks = new Map<string, Promise<void>>();
  return (store) => ({
    append: async (writes) => {
      const held: (() => void)[] = [];
      for (const { stream } of writes) {
        while (locks.has(stream)) await locks.get(stream);
        locks.set(stream, new Promise((resolve) => held.push(() => (locks.delete(stream), resolve()))));
        await new Promise(setImmediate);
      }
      const written = await store.append(writes);
      for (const release of held) release();
      return written;
    },
  });
}

export function pages(how: (source: Pages, signal: AbortSignal) => Pages): Mutation {
  return (store) => ({ subscribe: (query, signal) => how(generator(store, query, signal), signal) });
}

export function eachPage(how: (page: Page) => Page): Mutation {
  return pages(async function* (source) {
    for await (const page of source) yield how(page);
  });
}

export function queries(how: (query: Query) => Query): Mutation {
  return (store) => ({ subscribe: (query, signal) => store.subscribe(how(query), signal) });
}

async function* generator(store: Store, query: Query, signal: AbortSignal): Pages {
  yield* store.subscribe(query, signal);
}

export function checkpoints(how: (inner: Checkpoint) => Partial<Checkpoint>): Mutation {
  return (store) => ({
    checkpoint: (consumer) => {
      const inner = store.checkpoint(consumer);
      return { ...inner, ...how(inner) };
    },
  });
}

/** Checkpoints of one connection: `next` tells what a save leaves. */
export function ownCheckpoints(
  next: (at: CheckpointAt, last: CheckpointAt) => CheckpointAt,
  how: { pause?: () => Promise<unknown>; step?: number } = {},
): Mutation {
  return (store) => {
    const kept = new Map<string, CheckpointAt>();
    return {
      checkpoint: (consumer) => {
        const last = () => kept.get(consumer) ?? { store: store.id, position: 0, epoch: 0 };
        const keep = async (at: CheckpointAt) => {
          await how.pause?.();
          kept.set(consumer, at);
          return at;
        };
        return {
          load: async () => last(),
          save: async (at) => void (await keep(next(at, last()))),
          rewind: (position) => keep({ ...last(), position, epoch: last().epoch + (how.step ?? 1) }),
        };
      },
    };
  };
}

/** Snapshots of one connection: `fits` tells which replace the last one. */
export function ownSnapshots(fits: (at: SnapshotAt, last: SnapshotAt) => boolean): Mutation {
  return () => {
    const kept = new Map<string, SnapshotAt>();
    return {
      snapshot: (stream): Snapshot => ({
        load: async () => kept.get(stream),
        save: async (at) => {
          const last = kept.get(stream);
          if (!last || fits(at, last)) kept.set(stream, at);
        },
      }),
    };
  };
}

export function views(how: (inner: Views) => Partial<Views>): Mutation {
  return ({ views: inner }) => (inner ? { views: { ...inner, ...how(inner) } } : {});
}

export function keys(how: (inner: Keys) => Partial<Keys>): Mutation {
  return ({ keys: inner }) => (inner ? { keys: { ...inner, ...how(inner) } } : {});
}

/** Where reads begin, kept by each connection for itself: `next` tells what a truncation leaves. */
export function ownCuts(next: (before: number, last: number) => number | Promise<number>): Mutation {
  return (store) => {
    const cuts = new Map<string, number>();
    const cut = (stream: string) => cuts.get(stream) ?? 0;
    return {
      read: (stream, from = 0, limit) => store.read(stream, Math.max(from, cut(stream)), limit),
      truncate: async (stream, before) => void cuts.set(stream, await next(before, cut(stream))),
    };
  };
}

/** Truncations as the store does them, and where each connection has told reads to begin. */
function telling(store: Store) {
  const cuts = new Map<string, number>();
  const truncate = async (stream: string, before: number) => {
    await store.truncate(stream, before);
    cuts.set(stream, before);
  };
  return { cuts, truncate };
}

/** Does `how` instead of a write of a stream whose reads this connection had begin at `cut`. */
export function afterCut(how: (store: Store, write: Write, cut: number) => Promise<Written>): Mutation {
  return (store) => {
    const { cuts, truncate } = telling(store);
    const append = eachWrite((_, write) => {
      const cut = cuts.get(write.stream);
      return cut === undefined ? one(store, write) : how(store, write, cut);
    });
    return { ...append(store), truncate };
  };
}

/** Each page as `how` makes it of what this connection truncated. */
export function pagesAfterCut(how: (page: Page, cuts: ReadonlyMap<string, number>) => Page): Mutation {
  return (store) => {
    const { cuts, truncate } = telling(store);
    return { ...eachPage((page) => how(page, cuts))(store), truncate };
  };
}

export async function force(inner: Views, view: string, writes: readonly ViewWrite[]): Promise<readonly boolean[]> {
  for (const write of writes) {
    const [row] = await inner.load(view, [write.key]);
    await inner.write(view, [{ ...write, expected: row?.position ?? 0 }]);
  }
  return writes.map(() => true);
}
