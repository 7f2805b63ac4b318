import type { Mutant } from './mutants-kit';
import { afterCut, end, one, ownCuts, pagesAfterCut } from './mutants-kit';

export const truncateMutants: readonly Mutant[] = [
  {
    name: 'does not truncate',
    mutation: () => ({ truncate: async () => undefined }),
    caught: ['truncate: every read', 'truncate: versions', 'truncate: seen by', 'truncate: those that race', 'durable: where reads'],
  },
  {
    name: 'begins reads at whatever version was told last',
    mutation: ownCuts((before) => before),
    caught: ['truncate: every read', 'truncate: those that race'],
  },
  {
    name: 'truncates for its own connection',
    mutation: ownCuts(Math.max),
    caught: ['truncate: seen by', 'durable: where reads'],
  },
  {
    name: 'compares where reads begin, and moves it later',
    mutation: ownCuts(async (before, last) => {
      await new Promise(setImmediate);
      return Math.max(before, last);
    }),
    caught: ['truncate: those that race'],
  },
  {
    name: 'truncates a stream whose name is alike, too',
    mutation: (store) => ({
      truncate: async (stream, before) => {
        await store.truncate(stream, before);
        await store.truncate(`${stream} `, before).catch(() => undefined);
      },
    }),
    caught: ['truncate: every read'],
  },
  {
    name: 'passes over a version that the stream has not reached',
    mutation: (store) => ({ truncate: (stream, before) => store.truncate(stream, before).catch(() => undefined) }),
    caught: ['truncate: a version at which'],
  },
  {
    name: 'tells a loser the version at which reads begin',
    mutation: afterCut(async (store, write, cut) => {
      const written = await one(store, write);
      return written.ok ? written : { ok: false, actual: cut };
    }),
    caught: ['truncate: versions', 'truncate: the identical retry'],
  },
  {
    name: 'begins a truncated stream anew',
    mutation: afterCut(async (store, write) =>
      one(store, write.expected === 'none' ? { ...write, expected: await end(store, write.stream) } : write),
    ),
    caught: ['truncate: versions', 'truncate: the identical retry'],
  },
  {
    name: 'takes the rows that are left of a truncated stream for those that were asked for',
    mutation: afterCut(async (store, write) => {
      const written = await one(store, write);
      const there = written.ok ? [] : await store.read(write.stream, 0, write.events.length);
      const last = there.at(-1);
      if (!last || there.some(({ id }, i) => id !== write.events[i]?.id)) return written;
      return { ok: true, version: last.version, position: last.position };
    }),
    caught: ['truncate: the identical retry'],
  },
  {
    name: 'knows no retry in a truncated stream',
    mutation: afterCut(async (store, write) => {
      const head = await store.head();
      const written = await one(store, write);
      return written.ok && written.position <= head ? { ok: false, actual: await end(store, write.stream) } : written;
    }),
    caught: ['truncate: the identical retry'],
  },
  {
    name: 'lets go of rows that subscribers still want',
    mutation: pagesAfterCut((page, cuts) => ({
      ...page,
      events: page.events.filter(({ stream, version }) => version >= (cuts.get(stream) ?? 0)),
    })),
    caught: ['truncate: subscribers'],
  },
  {
    name: 'ends a subscription that meets a truncated stream',
    mutation: pagesAfterCut((page, cuts) => {
      if (page.events.some(({ stream }) => cuts.has(stream))) throw new Error('rows are missing');
      return page;
    }),
    caught: ['truncate: subscribers'],
  },
  {
    name: 'forgets the snapshot of a truncated stream',
    mutation: (store) => {
      const cut = new Set<string>();
      return {
        truncate: async (stream, before) => (cut.add(stream), store.truncate(stream, before)),
        snapshot: (stream) => ({
          ...store.snapshot(stream),
          load: async () => (cut.has(stream) ? undefined : store.snapshot(stream).load()),
        }),
      };
    },
    caught: ['truncate: versions'],
  },
];
