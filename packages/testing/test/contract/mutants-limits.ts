import { randomUUID } from 'node:crypto';
import type { NewEvent, Store, Write } from '@waybill/core';
import { checkWrites, LIMITS, WaybillError } from '@waybill/core';
import type { Mutation } from './disk';
import type { Mutant } from './mutants-kit';

const unsound = /[\0\p{Surrogate}]/u;
const folded = (name: string) => name.normalize('NFC').toLowerCase();
const name = (text: string) => (text === '' || unsound.test(text) || Buffer.byteLength(text) > LIMITS.name ? 'repaired' : text);
const text = (json: string) => (json === '' || unsound.test(json) ? 'null' : json);
const whole = (number: number) => (Number.isSafeInteger(number) && number >= 0 ? number : 0);
const charactersOf = ({ data, meta }: NewEvent) => data.length + meta.length;

export const limitMutants: readonly Mutant[] = [
  {
    name: 'folds the case and the composition of stream names',
    mutation: (store) => ({
      append: (writes) => store.append(writes.map((write) => ({ ...write, stream: folded(write.stream) }))),
      read: (stream, from, limit) => store.read(folded(stream), from, limit),
    }),
    caught: ['names: stream names and types', 'names: stream names that look'],
  },
  {
    name: 'cuts ids at 100 characters',
    mutation: events((event) => ({ ...event, id: event.id.slice(0, 100) })),
    caught: ['names: event ids'],
  },
  {
    name: 'repairs names',
    mutation: writes((write) => ({
      ...write,
      stream: name(write.stream),
      events: write.events.map((event) => ({ ...event, id: name(event.id), type: name(event.type) })),
    })),
    caught: ['names: one that is empty'],
  },
  {
    name: 'repairs texts',
    mutation: events((event) => ({ ...event, data: text(event.data), meta: text(event.meta) })),
    caught: ['payload: data or meta that'],
  },
  {
    name: 'repairs numbers',
    mutation: writes(({ stream, expected, events: rows }) => ({
      stream,
      expected: expected === 'none' || !Number.isSafeInteger(expected) || expected < 0 ? 'none' : expected,
      events: rows.map((event) => ({ ...event, time: whole(event.time) })),
    })),
    caught: ['payload: a time or'],
  },
  {
    name: 'cuts what is too large',
    mutation: events((event) => (Buffer.byteLength(event.data) + event.meta.length > LIMITS.event ? { ...event, data: '"cut"' } : event)),
    caught: ['payload: an event of 1 byte more'],
  },
  {
    name: 'takes less than 1 MiB',
    mutation: refusing((rows) => rows.some(({ events: some }) => some.some((event) => charactersOf(event) >= LIMITS.event))),
    caught: ['payload: an event of exactly', 'payload: a write of exactly'],
  },
  {
    name: 'holds the limit of a write against the whole call',
    mutation: refusing((rows) => rows.flatMap((write) => write.events).reduce((sum, event) => sum + charactersOf(event), 0) > LIMITS.write),
    caught: ['payload: a write of exactly'],
  },
  {
    name: 'holds less than it tells',
    mutation: () => ({ maxWrite: LIMITS.write + 1 }),
    caught: ['payload: a write of exactly'],
  },
  {
    name: 'takes more than it tells',
    mutation: () => ({ maxWrite: 100_000 }),
    caught: ['payload: an event of 1 byte more', 'payload: a write of exactly'],
  },
  {
    name: 'stores writes up to the one that is larger than it tells',
    mutation: (store) => ({
      maxWrite: 100_000,
      append: async (rows) => {
        for (const row of rows) {
          checkWrites([row], 100_000);
          await store.append([row]);
        }
        return [];
      },
    }),
    caught: ['payload: an event of 1 byte more', 'payload: a write of exactly'],
  },
  {
    name: 'is another log to each connection',
    mutation: () => ({ id: randomUUID() }),
    caught: ['durable: after a reopen the log', 'checkpoint: one that'],
  },
  {
    name: 'does not wait for appends when it closes',
    mutation: (store) => ({
      append: async (rows) => {
        await new Promise(setImmediate);
        return store.append(rows);
      },
    }),
    caught: ['durable: close waits', 'close: an append'],
  },
  {
    name: 'cannot be closed twice',
    mutation: (store) => ({
      close: async () => {
        await store.head();
        await store.close();
      },
    }),
    caught: ['close: closing twice'],
  },
  {
    name: 'goes on after a close',
    mutation: () => ({ close: async () => undefined }),
    caught: ['close: closing twice', 'close: every later', 'close: a subscription'],
  },
  {
    name: 'ends subscriptions in silence when it closes',
    mutation: (store) => ({
      async *subscribe(query, signal) {
        try {
          yield* store.subscribe(query, signal);
        } catch {
          return;
        }
      },
    }),
    caught: ['close: every later', 'close: a subscription'],
  },
];

function writes(how: (write: Write) => Write): Mutation {
  return (store) => ({ append: (rows) => store.append(rows.map(how)) });
}

function events(how: (event: NewEvent) => NewEvent): Mutation {
  return writes((write) => ({ ...write, events: write.events.map(how) }));
}

function refusing(tooLarge: (rows: readonly Write[]) => boolean): Mutation {
  return (store: Store) => ({
    append: async (rows) => {
      if (tooLarge(rows)) throw new WaybillError('WRITE_TOO_LARGE', 'too much', 'append less');
      return store.append(rows);
    },
  });
}
