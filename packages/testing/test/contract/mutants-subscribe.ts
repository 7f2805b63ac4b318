import { setMaxListeners } from 'node:events';
import type { Recorded } from '@waybill/core';
import type { Mutant } from './mutants-kit';
import { eachPage, pages, queries } from './mutants-kit';

export const subscribeMutants: readonly Mutant[] = [
  {
    name: 'begins a read behind the version asked for',
    mutation: (store) => ({ read: (stream, from, limit) => store.read(stream, from === undefined ? 0 : from + 1, limit) }),
    caught: ['read: begins', 'read: 2,001 rows', 'read: returns as many', 'durable: after a reopen the log'],
  },
  {
    name: 'reads no further than 100 rows',
    mutation: (store) => ({ read: (stream, from, limit = 100) => store.read(stream, from, Math.min(limit, 100)) }),
    caught: ['read: 2,001 rows', 'append: 1,000 events'],
  },
  {
    name: 'reads to the end of the stream whatever the limit',
    mutation: (store) => ({ read: (stream, from) => store.read(stream, from, 100_000) }),
    caught: ['read: returns as many', 'read: 2,001 rows'],
  },
  {
    name: 'has no answer for a missing stream',
    mutation: (store) => ({
      read: async (stream, from, limit) => {
        if ((await store.read(stream)).length === 0) throw new Error(`no stream ${stream}`);
        return store.read(stream, from, limit);
      },
    }),
    caught: ['read: a missing stream', 'append: a version of'],
  },
  {
    name: 'reads from a cache that other connections do not refresh',
    mutation: (store) => {
      const cache = new Map<string, readonly Recorded[]>();
      return {
        append: async (writes) => (writes.forEach(({ stream }) => cache.delete(stream)), store.append(writes)),
        read: async (stream, from = 0, limit = 1_000) => {
          const rows = cache.get(stream) ?? (await store.read(stream, 0, 100_000));
          cache.set(stream, rows);
          return rows.slice(from, from + limit);
        },
      };
    },
    caught: ['read: what was acknowledged'],
  },
  {
    name: 'numbers rows by their place in the answer',
    mutation: (store) => ({
      read: async (stream, from = 0, limit) => (await store.read(stream, from, limit)).map((row, i) => ({ ...row, version: from + i })),
    }),
    caught: ['truncate: every read', 'durable: where reads'],
  },
  {
    name: 'forgets the second page',
    mutation: pages(async function* (source) {
      let n = 0;
      for await (const page of source) if (++n !== 2) yield page;
    }),
    caught: ['from a position', 'pages of each size', 'without a limit', 'goes from', 'nothing is read ahead', 'two subscribers'].map(
      (begin) => `subscribe: ${begin}`,
    ),
  },
  {
    name: 'repeats a page where it goes live',
    mutation: pages(async function* (source) {
      let live = false;
      for await (const page of source) {
        yield page;
        if (page.caughtUp && !live && page.events.length > 0) yield page;
        live ||= page.caughtUp;
      }
    }),
    caught: ['subscribe: goes from'],
  },
  {
    name: 'shows a later row before an earlier one',
    mutation: eachPage((page) => ({ ...page, events: [...page.events].reverse() })),
    caught: ['subscribe: from 0', 'concurrency: while two', 'concurrency: the rows of one write'],
  },
  {
    name: 'shows the row that a subscriber stands at once more',
    mutation: queries((query) => ({ ...query, after: Math.max(0, query.after - 1) })),
    caught: ['subscribe: from a position', 'subscribe: from the head', 'durable: after a reopen the log'],
  },
  {
    name: 'tells of a page a position that is one too low',
    mutation: eachPage((page) => ({ ...page, position: Math.max(0, page.position - 1) })),
    caught: ['subscribe: pages of each size', 'subscribe: the position moves on'],
  },
  {
    name: 'tells of a page a position that is one too high',
    mutation: eachPage((page) => ({ ...page, position: page.position + 1 })),
    caught: ['subscribe: pages of each size', 'subscribe: from the head'],
  },
  {
    name: 'keeps back pages without rows',
    mutation: pages(async function* (source) {
      for await (const page of source) if (page.events.length > 0) yield page;
    }),
    caught: ['subscribe: from the head', 'subscribe: the position moves on'],
  },
  {
    name: 'shows the rows of the actors to everybody',
    mutation: queries(({ types, ...query }) => (types ? { ...query, types } : { ...query, everything: true })),
    caught: ['subscribe: rows with a hidden prefix', 'subscribe: the position moves on'],
  },
  {
    name: 'shows the rows of the actors to nobody',
    mutation: queries(({ everything: _, ...query }) => query),
    caught: ['subscribe: with `everything`'],
  },
  {
    name: 'shows all types whichever were named',
    mutation: queries(({ types: _, ...query }) => query),
    caught: ['subscribe: with types named'],
  },
  {
    name: 'makes pages of 1,000 rows whatever the limit',
    mutation: queries((query) => ({ ...query, limit: 1_000 })),
    caught: ['subscribe: pages of each size', 'subscribe: without a limit'],
  },
  {
    name: 'fetches the next page before it is asked for',
    mutation: pages(async function* (source) {
      let next = source.next();
      for (;;) {
        const { done, value } = await next;
        if (done) return;
        next = source.next();
        yield value;
      }
    }),
    caught: ['subscribe: nothing is read ahead'],
  },
  {
    name: 'wakes only for what its own connection appends',
    mutation: (store) => {
      let wake = () => undefined as void;
      return {
        append: (writes) => (wake(), store.append(writes)),
        async *subscribe(query, signal) {
          setMaxListeners(0, signal);
          for await (const page of store.subscribe(query, signal)) {
            yield page;
            if (page.caughtUp) await new Promise<void>((resolve) => (wake = resolve) && signal.addEventListener('abort', () => resolve()));
          }
        },
      };
    },
    caught: ['subscribe: rows appended on', 'subscribe: an abort ends it'],
  },
  {
    name: 'shows a row to one of its subscribers',
    mutation: (store) => {
      const shown = new Set<number>();
      const first = ({ position }: Recorded) => !shown.has(position) && shown.add(position);
      return eachPage((page) => ({ ...page, events: page.events.filter(first) }))(store);
    },
    caught: ['subscribe: two subscribers'],
  },
  {
    name: 'ends with an error when it is aborted',
    mutation: pages(async function* (source, signal) {
      yield* source;
      signal.throwIfAborted();
    }),
    caught: ['subscribe: an abort ends it', 'subscribe: after an abort while'],
  },
  {
    name: 'leaves a listener on the signal for each page',
    mutation: pages(async function* (source, signal) {
      setMaxListeners(0, signal);
      for await (const page of source) {
        signal.addEventListener('abort', () => undefined);
        yield page;
      }
    }),
    caught: ['subscribe: an abort ends it'],
  },
  {
    name: 'looks at the signal only when it has caught up',
    mutation: (store) => ({
      async *subscribe(query, signal) {
        for await (const page of store.subscribe(query, new AbortController().signal)) {
          yield page;
          if (page.caughtUp && signal.aborted) return;
        }
      },
    }),
    caught: ['subscribe: an abort ends it', 'subscribe: after an abort while'],
  },
];
