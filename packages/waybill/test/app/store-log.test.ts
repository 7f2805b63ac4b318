import { memoryStore, WaybillError } from 'waybill';
import type { LogFields, Store } from 'waybill';
import { appendKnocks, doNothing, Hall, knock, Porch, startOn } from '../telemetry/kit';

let store: Store;
let told: [text: string, facts: LogFields][];
const heard = (text: string, facts: LogFields): void => void told.push([text, facts]);
const logger = { debug: () => undefined, info: heard, warn: heard, error: heard };
const ofStore = (): [string, unknown, unknown][] =>
  told.flatMap(([text, { code, failures }]) => (text.startsWith('store') ? [[text, code, failures]] : []));
beforeEach(() => {
  store = memoryStore();
  told = [];
  doNothing();
});

const busy = (): WaybillError => new WaybillError('STORE_BUSY', 'the file stayed locked', 'end what holds the lock');
/** The next calls fail; the later ones reach the store. */
function failing<K extends 'append' | 'read'>(name: K, times: number, error: () => Error = busy): void {
  const call = store[name].bind(store) as (...args: unknown[]) => Promise<unknown>;
  const wrapped = (...args: unknown[]): Promise<unknown> => (times-- > 0 ? Promise.reject(error()) : call(...args));
  (store as unknown as Record<K, unknown>)[name] = wrapped;
}
const start = (telemetry = false) => startOn(store, { telemetry, use: [Porch, Hall], logger });

test('a store that stays busy is told at the 1st, 2nd, 4th … failure in a row, and again when it answers; no message is lost', async () => {
  await appendKnocks(store, [['a', 'ada']]);
  failing('append', 5);
  const app = await start();
  await app.settled();
  await app.stop();
  expect(ofStore()).toEqual([
    ['store not available', 'STORE_BUSY', 1],
    ['store not available', 'STORE_BUSY', 2],
    ['store not available', 'STORE_BUSY', 4],
    ['store available again', undefined, 5],
  ]);
  expect(told.find(([text]) => text.startsWith('store not'))?.[1]['error']).toContain('the file stayed locked');
  expect(app.counts()).toMatchObject({ received: 1, applied: 1, waiting: 0 });
});

test('reads that answer say nothing of writes that do not', async () => {
  failing('append', 2);
  const app = await start();
  await expect(knock(app, 'front')).rejects.toThrow('STORE_BUSY');
  await store.read('porch-front');
  await expect(knock(app, 'front')).rejects.toThrow('STORE_BUSY');
  await knock(app, 'front');
  await app.stop();
  expect(ofStore().map(([, , failures]) => failures)).toEqual([1, 2, 2]);
});

test('a checkpoint that is not saved and a page that does not come are told too', async () => {
  await appendKnocks(store, [['a', 'ada']]);
  let saves = 1;
  const { checkpoint } = store;
  store.checkpoint = (consumer) => {
    const own = checkpoint.call(store, consumer);
    return { load: () => own.load(), rewind: (to) => own.rewind(to), save: (at) => (saves-- > 0 ? Promise.reject(busy()) : own.save(at)) };
  };
  let pages = 1;
  const { subscribe } = store;
  store.subscribe = async function* (query, signal) {
    if (pages-- > 0) throw new WaybillError('STORE_UNAVAILABLE', 'the server is away', 'wait');
    yield* subscribe.call(store, query, signal);
  };
  const app = await start();
  await app.settled();
  await app.stop();
  expect(ofStore().map(([text, code]) => [text, code])).toEqual(
    expect.arrayContaining([
      ['store not available', 'STORE_UNAVAILABLE'],
      ['store not available', 'STORE_BUSY'],
      ['store available again', undefined],
    ]),
  );
});

test('a failure that lasts is the failure of the app, and no line of its store', async () => {
  await appendKnocks(store, [['a', 'ada']]);
  failing('append', 1, () => new WaybillError('STORE_DISK_FULL', 'the disk is full', 'free space'));
  const app = await start();
  await expect(app.settled()).rejects.toThrow('STORE_DISK_FULL');
  await app.stop();
  expect(ofStore()).toEqual([]);
  expect(told.map(([text]) => text)).toContain('waybill failed');
});

test('without a logger the store is the one that was given', async () => {
  const calls: number[] = [];
  const { append } = store;
  store.append = function (this: unknown, writes) {
    calls.push(this === store ? 1 : 0);
    return append.call(store, writes);
  };
  const app = await startOn(store, { telemetry: false, use: [Porch] });
  await knock(app, 'front');
  await app.stop();
  expect(calls).toEqual([1]);
});
