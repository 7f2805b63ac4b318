import type { Written } from '@waybill/core';
import type { Mutant } from './mutants-kit';
import { eachRetry, eachWrite, end, lockInOrder, newest, one } from './mutants-kit';

export const logMutants: readonly Mutant[] = [
  {
    name: 'gives its last row for a position without one',
    mutation: (store) => ({ rowAt: async (position) => (await store.rowAt(position)) ?? store.rowAt(await store.head()) }),
    caught: ['rowAt: gives the row'],
  },
  {
    name: 'hides rows from who asks for their position',
    mutation: (store) => ({
      rowAt: async (position) => {
        const row = await store.rowAt(position);
        return row?.type.startsWith('took:') ? undefined : row;
      },
    }),
    caught: ['rowAt: gives the row'],
  },
  {
    name: 'ignores the expected version',
    mutation: eachWrite(async (store, write) => {
      const written = await one(store, write);
      return written.ok ? written : one(store, { ...write, expected: written.actual });
    }),
    caught: [
      ...['a version too low', 'a version too high', "'none' for", 'a version of'].map((begin) => `append: ${begin}`),
      ...['retry: rows of which', 'retry: the same ids at a version', 'concurrency: of two'],
    ],
  },
  {
    name: 'stores the first event of a write that lost',
    mutation: eachWrite(async (store, write) => {
      const written = await one(store, write);
      if (!written.ok) await one(store, { ...write, expected: written.actual, events: write.events.slice(0, 1) });
      return written;
    }),
    caught: ['append: a version too low', 'append: of many streams', 'retry: rows that go on', 'concurrency: of two'],
  },
  {
    name: 'stores nothing of a call in which one write loses',
    mutation: (store) => ({
      append: async (writes) => {
        const ends = await Promise.all(writes.map(({ stream }) => end(store, stream)));
        if (writes.every(({ expected }, i) => expected === ends[i])) return store.append(writes);
        return writes.map((_, i) => ({ ok: false, actual: ends[i]! }));
      },
    }),
    caught: ['append: of many streams', 'retry: a call of many writes'],
  },
  {
    name: 'tells a loser the version that it expected',
    mutation: (store) => ({
      append: async (writes) =>
        (await store.append(writes)).map((written, i) => (written.ok ? written : { ok: false, actual: writes[i]!.expected })),
    }),
    caught: ['append: a version too low', 'append: a version of', 'concurrency: 50 racing'],
  },
  {
    name: 'answers in the order of stream names',
    mutation: (store) => ({ append: (writes) => store.append([...writes].sort((a, b) => (a.stream < b.stream ? -1 : 1))) }),
    caught: ['append: of many streams', 'append: one call takes 100 streams'],
  },
  {
    name: 'counts versions from 1',
    mutation: (store) => ({
      read: async (stream, from = 0, limit) => (await store.read(stream, from, limit)).map((row) => ({ ...row, version: row.version + 1 })),
    }),
    caught: ["append: expected 'none' begins", 'append: the exact version', 'read: begins at'],
  },
  {
    name: 'tells the position of the first row of a write',
    mutation: eachWrite(async (store, write) => {
      const written = await one(store, write);
      return written.ok ? { ...written, position: written.position - write.events.length + 1 } : written;
    }),
    caught: ["append: expected 'none' begins", 'append: 1,000 events', 'append: head is 0'],
  },
  {
    name: 'keeps 500 events of a write',
    mutation: eachWrite((store, write) => one(store, { ...write, events: write.events.slice(0, 500) })),
    caught: ['append: 1,000 events'],
  },
  {
    name: 'passes over a write of no events',
    mutation: (store) => ({ append: (writes) => store.append(writes.filter(({ events }) => events.length > 0)) }),
    caught: ['append: a call of no writes'],
  },
  {
    name: 'makes a call of its own of each write',
    mutation: (store) => ({
      append: async (writes) => {
        const written: Written[] = [];
        for (const write of writes) written.push(await one(store, write));
        return written;
      },
    }),
    caught: [
      'append: a call of no writes',
      'append: two writes of one stream',
      'names: one that is empty',
      ...['an event of 1 byte more', 'a write of exactly', 'data or meta that', 'a time or'].map((begin) => `payload: ${begin}`),
    ],
  },
  {
    name: 'refuses the identical retry',
    mutation: eachRetry(async (store, { stream }) => ({ ok: false, actual: await end(store, stream) })),
    caught: [
      'retry: the identical',
      'retry: the first result',
      'retry: a call of many',
      'concurrency: the identical',
      'durable: after a reopen the identical',
    ],
  },
  {
    name: 'stores the identical retry twice',
    mutation: eachRetry(async (store, write) => one(store, { ...write, expected: await end(store, write.stream) })),
    caught: ['retry: the identical', 'retry: a call of many', 'concurrency: the identical', 'durable: after a reopen the identical'],
  },
  {
    name: 'knows a retry only by what its own process wrote',
    mutation: eachRetry(async (store, write, own) => (own ? one(store, write) : { ok: false, actual: await end(store, write.stream) })),
    caught: ['concurrency: the identical', 'durable: after a reopen the identical'],
  },
  {
    name: 'takes a write for a retry by the id of its first row',
    mutation: eachWrite(async (store, write) => {
      const written = await one(store, write);
      const first = written.ok ? undefined : (await store.read(write.stream, write.expected === 'none' ? 0 : write.expected + 1))[0];
      return first && first.id === write.events[0]?.id ? { ok: true, version: first.version, position: first.position } : written;
    }),
    caught: ['retry: rows of which', 'retry: rows that go on'],
  },
  {
    name: 'takes an id that it has seen anywhere for a retry',
    mutation: (store) => {
      const seen = new Map<string, Written>();
      const append = eachWrite(async (_, write) => {
        const known = seen.get(write.events.map(({ id }) => id).join());
        const written = known ?? (await one(store, write));
        if (written.ok) seen.set(write.events.map(({ id }) => id).join(), written);
        return written;
      });
      return append(store);
    },
    caught: ['retry: the same ids at the next', 'retry: the same ids at a version'],
  },
  {
    name: 'tells the loser of a race that it won',
    mutation: eachWrite(async (store, write) => {
      const written = await one(store, write);
      return written.ok || write.expected !== 'none' ? written : { ok: true, version: 0, position: 1 };
    }),
    caught: ['concurrency: of two', 'concurrency: 50 racing', 'concurrency: calls that name'],
  },
  {
    name: 'writes the rows of one write one by one',
    mutation: eachWrite(async (store, { stream, expected, events }) => {
      let written: Written = { ok: false, actual: expected };
      for (const event of events) {
        written = await one(store, { stream, expected: written.ok ? written.version : expected, events: [event] });
        if (!written.ok) return written;
        await new Promise(setImmediate);
      }
      return written;
    }),
    caught: ['concurrency: of two', 'concurrency: the rows of one write', 'close: an append'],
  },
  {
    name: 'locks streams in the order of the call',
    mutation: lockInOrder(),
    caught: ['concurrency: calls that name'],
  },
  {
    name: 'counts only the rows that subscribers see for its head',
    mutation: (store) => ({ head: async () => (await newest(store))?.position ?? 0 }),
    caught: ['append: head is 0'],
  },
];
