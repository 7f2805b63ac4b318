import { Actor, Aggregate, App, Applies, Command, Event, Handles, memoryStore, Projection } from 'waybill';
import type { Store, View, ViewPage } from 'waybill';

class Knock extends Command('Knock')<{ door: string; loud?: boolean }> {}
class Knocked extends Event('Knocked')<{ door: string; loud: boolean }> {}

@Aggregate('doors')
class Doors extends Actor<Record<string, never>, Knock, Knocked> {
  initial() {
    return {};
  }
  key({ door }: Knock) {
    return door;
  }
  @Handles(Knock) knock({ door, loud = false }: Knock) {
    return new Knocked({ door, loud });
  }
}

type Row = { door: string; knocks: number };

/** A knock that is too loud cannot be folded while `loud` says so. */
@Projection('knocks')
class Knocks extends Actor<Row, Knocked> {
  static deaf = false;
  initial(): Row {
    return { door: '', knocks: 0 };
  }
  key({ door }: Knocked) {
    return door;
  }
  @Applies(Knocked) knocked({ door, loud }: Knocked, { knocks }: Row): Row {
    if (loud && Knocks.deaf) throw new Error('too loud');
    return { door, knocks: knocks + 1 };
  }
}

let apps: App[] = [];
let store: Store;
const start = async () => {
  const app = await App.start({ store, use: [Doors, Knocks] });
  apps.push(app);
  return app;
};
let ids = 0;
const knock = (app: App, door: string, loud = false) => app.send(Doors, new Knock({ door, loud }), { id: `k-${++ids}` });

beforeEach(() => {
  store = memoryStore();
  apps = [];
  Knocks.deaf = false;
});
afterEach(async () => {
  for (const app of apps) await app.stop();
  await store.close();
});

async function pages(view: View<Row>, limit: number): Promise<ViewPage<Row>[]> {
  const all = [await view.page({ limit })];
  while (all.at(-1)?.next !== undefined) all.push(await view.page({ after: all.at(-1)?.next, limit }));
  return all;
}

test('a view is read by key, as a whole, and page by page: each row once, in order of key, whatever the limit', async () => {
  const app = await start();
  const doors = ['c', 'a', 'ä', 'b', '\u{1f6aa}', '\uffee', 'd'];
  for (const door of [...doors, 'a']) await knock(app, door);
  await app.settled();
  const view = app.view(Knocks);
  const sorted = ['a', 'b', 'c', 'd', 'ä', '\uffee', '\u{1f6aa}'];
  expect(await view.get('a')).toEqual({ door: 'a', knocks: 2 });
  expect(await view.get('nobody')).toBeUndefined();
  expect((await view.all()).map(({ door }) => door)).toEqual(sorted);
  for (const limit of [1, 2, 3, 7, 8, 10_000]) {
    const all = await pages(view, limit);
    expect(all.flatMap(({ rows }) => rows)).toEqual(sorted.map((door) => ({ key: door, row: { door, knocks: door === 'a' ? 2 : 1 } })));
    expect(all.every(({ rows }) => rows.length <= limit)).toBe(true);
  }
  expect((await view.page()).next).toBeUndefined();
  expect((await view.page({ after: 'd' })).rows.map(({ key }) => key)).toEqual(['ä', '\uffee', '\u{1f6aa}']);
  for (const limit of [0, -1, 1.5, 10_001, NaN, '5' as never]) await expect(view.page({ limit })).rejects.toThrow('PAGE_LIMIT');
});

test('a row that is held up is read as it was before the event that cannot be folded, and not at all if that was its first', async () => {
  const app = await start();
  Knocks.deaf = true;
  for (const [door, loud] of [
    ['a', false],
    ['a', true],
    ['a', false],
    ['b', true],
    ['c', false],
  ] as const)
    await knock(app, door, loud);
  await app.settled();
  const view = app.view(Knocks);
  expect([await view.get('a'), await view.get('b')]).toEqual([{ door: 'a', knocks: 1 }, undefined]);
  expect(await view.all()).toEqual([
    { door: 'a', knocks: 1 },
    { door: 'c', knocks: 1 },
  ]);
  expect((await pages(view, 1)).flatMap(({ rows }) => rows.map(({ key }) => key))).toEqual(['a', 'c']);
  Knocks.deaf = false;
  await app.operators.retry('knocks:row-a', undefined, { by: 'ada', why: 'she hears again' });
  expect(await view.get('a')).toEqual({ door: 'a', knocks: 3 });
});

test('a rebuild under readers: at every moment they see all rows, of before or of after, in this app and in another', async () => {
  const [app, other] = [await start(), await start()];
  for (let n = 0; n < 60; n++) await knock(app, `d-${n % 6}`);
  await app.settled();
  let over = false;
  const sizes = new Set<string>();
  const read = async (view: View<Row>) => {
    while (!over) {
      const rows = await view.all();
      sizes.add(`${rows.length} rows, ${rows.reduce((sum, { knocks }) => sum + knocks, 0) >= 60 ? 'all' : 'some'}`);
      expect(await view.get('d-0')).toBeDefined();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const readers = [read(app.view(Knocks)), read(other.view(Knocks))];
  for (let round = 0; round < 3; round++) {
    await Promise.all([app.rebuild(Knocks), knock(other, 'd-0')]);
    await knock(app, 'd-1');
  }
  await Promise.all([app.settled(), other.settled()]);
  over = true;
  await Promise.all(readers);
  expect([...sizes]).toEqual(['6 rows, all']);
  expect((await app.view(Knocks).all()).map(({ knocks }) => knocks)).toEqual([13, 13, 10, 10, 10, 10]);
});

test('a rebuild of what is no projection of this app is refused', async () => {
  const app = await start();
  @Projection('others')
  class Others extends Knocks {}
  await expect(app.rebuild(Others)).rejects.toThrow('NOT_IN_USE');
  await expect(app.rebuild(Doors)).rejects.toThrow('NOT_IN_USE');
  await app.stop();
  await expect(app.rebuild(Knocks)).rejects.toThrow('APP_STOPPED');
});
