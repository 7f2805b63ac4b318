import type { CheckpointAt } from '@waybill/core/store-kit';
import type { Mutant } from './mutants-kit';
import { checkpoints, force, ownCheckpoints, ownSnapshots, views } from './mutants-kit';

const forward = (at: CheckpointAt, last: CheckpointAt) => (at.epoch === last.epoch && at.position > last.position ? at : last);
const compact = (text: string) => JSON.stringify(JSON.parse(text));

export const stateMutants: readonly Mutant[] = [
  {
    name: 'begins with epoch 1',
    mutation: checkpoints((inner) => ({ load: async () => ({ ...(await inner.load()), epoch: (await inner.load()).epoch || 1 }) })),
    caught: ['checkpoint: one that was never saved'],
  },
  {
    name: 'folds the case of consumers and streams of snapshots',
    mutation: (store) => ({
      checkpoint: (consumer) => store.checkpoint(consumer.toLowerCase()),
      snapshot: (stream) => store.snapshot(stream.toLowerCase()),
    }),
    caught: ['checkpoint: what was saved', 'snapshot: what was saved'],
  },
  {
    name: 'keeps whatever checkpoint is saved',
    mutation: ownCheckpoints((at) => at),
    caught: ['a save of a lower', 'concurrent saves', 'a worker of an epoch', 'one of another log', 'ahead of the head'].map(
      (begin) => `checkpoint: ${begin}`,
    ),
  },
  {
    name: 'keeps checkpoints in its own memory',
    mutation: ownCheckpoints(forward),
    caught: ['checkpoint: two rewinds', 'durable: checkpoint'],
  },
  {
    name: 'compares a checkpoint, and writes it later',
    mutation: ownCheckpoints(forward, { pause: () => new Promise(setImmediate) }),
    caught: ['checkpoint: concurrent saves', 'checkpoint: two rewinds'],
  },
  {
    name: 'rewinds within the epoch',
    mutation: ownCheckpoints(forward, { step: 0 }),
    caught: ['checkpoint: rewind begins', 'checkpoint: a worker of an epoch', 'checkpoint: two rewinds'],
  },
  {
    name: 'takes a save of any epoch',
    mutation: checkpoints((inner) => ({ save: async (at) => inner.save({ ...at, epoch: (await inner.load()).epoch }) })),
    caught: ['checkpoint: a worker of an epoch'],
  },
  {
    name: 'does not look at the log that a checkpoint is of',
    mutation: checkpoints((inner) => ({ save: async (at) => inner.save({ ...at, store: (await inner.load()).store }) })),
    caught: ['checkpoint: one of another log'],
  },
  {
    name: 'passes over a checkpoint ahead of the head',
    mutation: checkpoints((inner) => ({ save: (at) => inner.save(at).catch(() => undefined) })),
    caught: ['checkpoint: ahead of the head', 'checkpoint: one of another log'],
  },
  {
    name: 'moves a snapshot back',
    mutation: ownSnapshots(() => true),
    caught: ['snapshot: a higher version', 'durable: checkpoint'],
  },
  {
    name: 'keeps the snapshot that it has when one of the same version is saved',
    mutation: ownSnapshots((at, last) => at.version > last.version),
    caught: ['snapshot: a higher version'],
  },
  {
    name: 'parses what it is to keep as text',
    mutation: (store) => ({
      append: (writes) =>
        store.append(writes.map((write) => ({ ...write, events: write.events.map((event) => ({ ...event, data: compact(event.data) })) }))),
      snapshot: (stream) => ({ ...store.snapshot(stream), save: (at) => store.snapshot(stream).save({ ...at, data: compact(at.data) }) }),
      ...views((inner) => ({
        write: (view, writes) =>
          inner.write(
            view,
            writes.map((write) => ({ ...write, row: write.row && compact(write.row) })),
          ),
      }))(store),
    }),
    caught: [
      "append: expected 'none' begins",
      'payload: data and meta are read back',
      'snapshot: what was saved',
      'views: a row and its position',
    ],
  },
  {
    name: 'writes view rows whatever position they stand at',
    mutation: views((inner) => ({ write: (view, writes) => force(inner, view, writes) })),
    caught: ['views: a row is written only', 'views: of two writers', 'views: a deleted row'],
  },
  {
    name: 'compares the position of a view row, and writes it later',
    mutation: views((inner) => ({
      write: async (view, writes) => {
        const before = new Map(
          (
            await inner.load(
              view,
              writes.map(({ key }) => key),
            )
          ).map((row) => [row.key, row.position]),
        );
        await new Promise(setImmediate);
        const fit = writes.filter(({ key, expected }) => (before.get(key) ?? 0) === expected);
        await force(inner, view, fit);
        return writes.map((write) => fit.includes(write));
      },
    })),
    caught: ['views: of two writers'],
  },
  {
    name: 'takes no row back to a lower position',
    mutation: views((inner) => ({
      write: (view, writes) =>
        inner.write(
          view,
          writes.map((write) => (write.position < write.expected ? { ...write, expected: -1 } : write)),
        ),
    })),
    caught: ['views: a row may go back'],
  },
  {
    name: 'trims the text of a row',
    mutation: views((inner) => ({
      write: (view, writes) =>
        inner.write(
          view,
          writes.map((write) => ({ ...write, row: write.row?.trim() })),
        ),
    })),
    caught: ['views: a row may go back'],
  },
  {
    name: 'forgets what holds a row up',
    mutation: views((inner) => ({
      write: (view, writes) =>
        inner.write(
          view,
          writes.map((write) => ({ ...write, blocked: undefined })),
        ),
    })),
    caught: ['views: what holds a row up'],
  },
  {
    name: 'goes on keeping what held a row up',
    mutation: views((inner) => ({
      write: async (view, writes) => {
        const kept = new Map(
          (
            await inner.load(
              view,
              writes.map(({ key }) => key),
            )
          ).map((row) => [row.key, row.blocked]),
        );
        return inner.write(
          view,
          writes.map((write) => ({ ...write, blocked: write.blocked ?? kept.get(write.key) })),
        );
      },
    })),
    caught: ['views: what holds a row up'],
  },
  {
    name: 'writes no view row of a call in which one does not fit',
    mutation: views((inner) => ({
      write: async (view, writes) => {
        const before = new Map(
          (
            await inner.load(
              view,
              writes.map(({ key }) => key),
            )
          ).map((row) => [row.key, row.position]),
        );
        if (writes.every(({ key, expected }) => (before.get(key) ?? 0) === expected)) return inner.write(view, writes);
        return writes.map(() => false);
      },
    })),
    caught: ['views: a row is written only'],
  },
  {
    name: 'forgets the position of a deleted view row',
    mutation: views((inner) => ({ load: async (view, keys) => (await inner.load(view, keys)).filter(({ row }) => row !== undefined) })),
    caught: ['views: a deleted row', 'durable: view rows'],
  },
  {
    name: 'orders view rows as JavaScript orders strings',
    mutation: views((inner) => ({ all: async (view) => [...(await inner.all(view))].sort((a, b) => (a.key < b.key ? -1 : 1)) })),
    caught: ['views: all returns'],
  },
  {
    name: 'passes over view keys that it cannot keep',
    mutation: views((inner) => ({
      write: (view, writes) =>
        inner.write(
          view,
          writes.filter(({ key }) => /^\w+$/.test(key) && key.length < 100),
        ),
    })),
    caught: ['views: a key that', 'views: all returns'],
  },
  {
    name: 'begins a page of a view with the row that the last one ended with',
    mutation: views((inner) => ({
      all: async (view, page = {}) => {
        const [last] = page.after === undefined ? [] : await inner.load(view, [page.after]);
        return [...(last ? [last] : []), ...(await inner.all(view, page))].slice(0, page.limit);
      },
    })),
    caught: ['views: pages after'],
  },
  {
    name: 'finds the place of a page of a view as JavaScript orders strings',
    mutation: views((inner) => ({
      all: async (view, { after = '', limit } = {}) => (await inner.all(view)).filter(({ key }) => key > after).slice(0, limit),
    })),
    caught: ['views: pages after'],
  },
  {
    name: 'gives a view whole whatever the limit',
    mutation: views((inner) => ({ all: (view, { limit: _, ...page } = {}) => inner.all(view, page) })),
    caught: ['views: pages after'],
  },
  {
    name: 'drops the rows of a view and keeps their positions',
    mutation: views((inner) => ({
      drop: async (view) => {
        const rows = await inner.all(view);
        await inner.write(
          view,
          rows.map(({ key, position }) => ({ key, row: undefined, position, expected: position })),
        );
      },
    })),
    caught: ['views: drop forgets', 'durable: a dropped view'],
  },
  {
    name: 'drops the views whose names are alike, too',
    mutation: views((inner) => ({ drop: async (view) => void (await Promise.all([view, `${view} `].map((name) => inner.drop(name)))) })),
    caught: ['views: drop forgets'],
  },
  {
    name: 'loads 1,000 view rows at the most',
    mutation: views((inner) => ({ load: (view, keys) => inner.load(view, keys.slice(0, 1_000)) })),
    caught: ['views: 3,000 rows'],
  },
];
