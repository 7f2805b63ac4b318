import { App, memoryStore } from 'waybill';
import { sqlite } from '@waybill/sqlite';
import { any, Board, deciding, Halls, row, running, start } from './scenes';
import type { Wrong } from './wrong';

const limits = (one: object) => () => start([Halls], { limits: any(one) });
const broken = (over: object) => Object.assign(Object.create(memoryStore()) as ReturnType<typeof memoryStore>, over);

/** What App.start is given. */
export const CONFIG: readonly Wrong[] = [
  { what: 'a window of 0', code: 'LIMIT_INVALID', names: ['limits.window is 0'], run: limits({ window: 0 }) },
  { what: 'a page of -1', code: 'LIMIT_INVALID', names: ['limits.page is -1'], run: limits({ page: -1 }) },
  { what: 'a batch of NaN', code: 'LIMIT_INVALID', names: ['limits.batch is NaN'], run: limits({ batch: NaN }) },
  { what: 'attempts that are a text', code: 'LIMIT_INVALID', names: ['limits.attempts is "5"'], run: limits({ attempts: '5' }) },
  { what: 'turns that are Infinity', code: 'LIMIT_INVALID', names: ['limits.turns is Infinity'], run: limits({ turns: Infinity }) },
  { what: 'a limit that is null', code: 'LIMIT_INVALID', names: ['limits.hot is null'], run: limits({ hot: null }) },
  { what: 'a limit whose name is misspelt', code: 'LIMIT_INVALID', names: ['"windw"', 'window'], run: limits({ windw: 5 }) },
  { what: 'limits that are a number', code: 'LIMIT_INVALID', names: ['limits', '5'], run: limits(any(5)) },
  { what: 'App.start without options', code: 'OPTION_INVALID', names: ['undefined'], run: () => App.start(any(undefined)) },
  { what: 'App.start without a store', code: 'OPTION_INVALID', names: ['store', 'undefined'], run: () => App.start(any({ use: [Halls] })) },
  {
    what: 'a path where a store belongs',
    code: 'OPTION_INVALID',
    names: ['store', '"orders.db"'],
    run: () => App.start(any({ store: 'orders.db', use: [Halls] })),
  },
  {
    what: 'App.start without `use`',
    code: 'OPTION_INVALID',
    names: ['use', 'undefined'],
    run: () => App.start(any({ store: memoryStore() })),
  },
  {
    what: 'one class for `use`, where a list belongs',
    code: 'OPTION_INVALID',
    names: ['use', 'Halls'],
    run: () => App.start(any({ store: memoryStore(), use: Halls })),
  },
  {
    what: 'a class that must survive a power cut, on a store that says it does not',
    code: 'STORE_NOT_DURABLE',
    names: ['"halls"', 'memory'],
    run: () => start([deciding(() => [], { durable: true })]),
  },
  {
    what: 'a class that must survive a power cut, on SQLite with relaxed durability',
    code: 'STORE_NOT_DURABLE',
    names: ['"halls"', 'power cut'],
    run: async ({ folder }) => {
      const store = sqlite(`${folder}/log.db`, { durability: 'relaxed' });
      try {
        await start([deciding(() => [], { durable: true })], { store });
      } finally {
        await store.close();
      }
    },
  },
  {
    what: 'a projection on a store that keeps no views',
    code: 'STORE_WITHOUT_VIEWS',
    names: ['"board"'],
    run: () => start([Board], { store: broken({ views: undefined }) }),
  },
  {
    what: 'a log that has lost its end',
    code: 'CHECKPOINT_AHEAD',
    names: ['"halls:Came"', '0'],
    run: () =>
      start([Halls], { store: broken({ checkpoint: (name: string) => ({ load: () => memoryStore().checkpoint(name).rewind(7) }) }) }),
  },
  {
    what: 'another log under the checkpoints of this one',
    code: 'CHECKPOINT_OTHER_STORE',
    names: ['"halls:Came"', '"old"', '"new"'],
    run: otherLog,
  },
];

async function otherLog(): Promise<unknown> {
  const [old, now] = [memoryStore({ id: 'old' }), memoryStore({ id: 'new' })];
  const swapped = Object.assign(Object.create(now) as typeof now, {
    checkpoint: (name: string) => ({ ...now.checkpoint(name), load: () => old.checkpoint(name).load() }),
  });
  return running(
    [Halls],
    async (app, store) => {
      await store.append([{ stream: 'feed', expected: 'none', events: [row('Came', { id: 'a' })] }]);
      await app.settled();
      await app.stop();
      await app.settled();
    },
    { store: swapped },
  );
}
