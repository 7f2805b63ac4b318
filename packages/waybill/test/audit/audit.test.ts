import { audit, auditText, memoryStore, personalStore } from 'waybill';
import type { App, NewEvent, Store } from 'waybill';
import { Ahead, BookCoach, Coach, Letters, Payers, running, School, Trip, USE } from '../explain/kit';

let store: Store;
let clock: Ahead;
let school: School;
beforeEach(() => {
  store = memoryStore({ id: 'log-1' });
  clock = new Ahead();
  school = new School(personalStore(store));
  Trip.broken = Payers.broken = Letters.broken = false;
});
const settle = (work: (app: App) => Promise<unknown> = async () => undefined) =>
  running({ store, use: USE, runtime: clock.runtime }, async (app) => {
    await app.settled();
    await work(app);
    await app.settled();
  });
const event = (over: Partial<NewEvent>): NewEvent => ({ id: 'x', type: 'Noise', data: '{}', meta: '{}', time: 1, ...over });
async function append(stream: string, ...events: readonly Partial<NewEvent>[]): Promise<void> {
  const last = (await store.read(stream)).at(-1);
  const [written] = await store.append([{ stream, expected: last?.version ?? 'none', events: events.map(event) }]);
  expect(written?.ok).toBe(true);
}
const CLASSES = { use: USE };
const DECIDED = { use: USE, decisions: true };

test('a log that is written while it is audited is found whole, every time, with its classes and without', async () => {
  let audits = 0;
  await running({ store, use: USE, runtime: clock.runtime }, async (app) => {
    let writing = true;
    const write = async (): Promise<void> => {
      for (let trip = 0; trip < 60; trip++) {
        await school.announce(`a-${trip}`, `t${trip}`, 2);
        for (const seat of [0, 1, 1, 0, 3]) await school.pay(`p-${trip}-${seat}`, `t${trip}`, seat);
        if (trip % 3 === 0) await school.say(`o-${trip}`, 'Over', { trip: `t${trip}` });
        await app.send(Coach, new BookCoach({ trip: `x${trip}`, seats: 1 }), { id: `c-${trip}` });
        await new Promise((resolve) => setImmediate(resolve));
      }
      writing = false;
    };
    const audited = async (): Promise<void> => {
      while (writing) {
        for (const options of [{}, CLASSES, DECIDED]) expect((await audit(store, options)).violations).toEqual([]);
        audits++;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.all([write(), audited()]);
    await app.settled();
  });
  expect(audits).toBeGreaterThan(0);
  for (const options of [{}, { actors: 2 }, CLASSES, DECIDED]) {
    const result = await audit(store, options);
    expect(result).toMatchObject({ ok: true, position: await store.head() });
    expect(result.rows).toBeGreaterThan(600);
  }
});

test('personal data: with the keys contents are compared, after a forget and without the keys what can still be told is', async () => {
  await school.announce('m-1', 'zoo', 2);
  for (const seat of [0, 1, 1]) await school.pay(`m-2-${seat}`, 'zoo', seat);
  await school.pay('m-3', 'zoo', 1, { name: 'Another' });
  await settle();
  for (const options of [{}, CLASSES, DECIDED]) expect((await audit(store, options)).violations).toEqual([]);
  await settle((app) => app.forget(['p-0', 'p-1']));
  await school.pay('m-4', 'zoo', 1);
  await settle();
  for (const options of [{}, CLASSES, DECIDED]) expect((await audit(store, options)).violations).toEqual([]);
  const without = new Proxy(store, { get: (target, name) => (name === 'keys' ? undefined : (Reflect.get(target, name) as unknown)) });
  expect((await audit(without)).ok).toBe(true);
  await expect(audit(without, CLASSES)).rejects.toThrow('PERSONAL_WITHOUT_KEYS');
  expect((await audit(personalStore(store), CLASSES)).ok).toBe(true);
});

test('what others write into streams of their own is none of an actor: odd metas, copied causes, streams that they truncate', async () => {
  await school.announce('m-1', 'zoo', 1);
  await settle();
  const [taken] = await store.read('trip-zoo');
  await append(
    'others',
    { meta: '{"cause":5}' },
    { meta: '{"cause":{"id":"a"}}' },
    { meta: '["cause"]' },
    { meta: '{"cause":null}', id: 'y' },
  );
  await append('copies-of', { meta: '{"cause":{"id":"a","source":"another log","position":3}}' });
  await append('relay', { meta: taken?.meta ?? '' }, { meta: taken?.meta ?? '', id: 'z' });
  await append('long', ...Array.from({ length: 5 }, (_, n) => ({ id: `n-${n}` })));
  await store.truncate('long', 3);
  await append('long', { id: 'n-5' });
  for (const options of [{}, CLASSES]) expect((await audit(store, options)).violations).toEqual([]);
});

test('a note of a worker that died before it wrote its row may come again, in the park stream of a row and nowhere else', async () => {
  const park = { cause: { id: 'm-1', source: 'log-1', position: 1 }, park: 'failed', reason: 'no', attempts: 1, at: 1 };
  const note = { ...park, park: 'released', of: 0, by: 'ada', why: 'again' };
  await append('school', { id: 'm-1', type: 'Paid' });
  const rows = [park, note, note].map((meta, n) => ({ id: `r-${n}`, type: 'parked:Paid', meta: JSON.stringify(meta) }));
  await append('payers:row-zoo', ...rows);
  await append('payers~2:row-zoo', ...rows);
  expect((await audit(store)).violations).toEqual([]);
  await append('trip-zoo', ...rows);
  expect((await audit(store)).violations).toMatchObject([{ invariant: 'parks', at: { stream: 'trip-zoo', version: 2 } }]);
});

test('the text tells the verdict, the place and what it means; what was not checked, and how it can be', async () => {
  await school.announce('m-1', 'zoo', 1);
  await settle();
  expect(auditText(await audit(store))).toMatch(
    /^Log log-1: ok \(5 rows, 1 streams of actors, up to position 5\)\.\nChecked: .*\nNot checked: I3 content.*use: \[…\]/,
  );
  expect(auditText(await audit(store, CLASSES))).not.toContain('Not checked');
  const [row] = await store.read('trip-zoo');
  await append('trip-zoo', { ...row, id: 'again' });
  const text = auditText(await audit(store));
  expect(text).toContain('Log log-1: BROKEN');
  expect(text).toContain('I1 effect once: Announced of position 1 was taken in or parked at version 0, and again here');
  expect(text).toMatch(/at trip-zoo version 2, position \d+/);
  expect(text).toContain('It means: a message has changed this actor twice');
});

test('it writes nothing, and an empty log is whole', async () => {
  expect(await audit(store, DECIDED)).toMatchObject({ ok: true, rows: 0, actors: 0, position: 0, violations: [] });
  expect(await store.head()).toBe(0);
});

test('a saga that meets a deadline while nothing runs is whole before and after it fired', async () => {
  await school.announce('m-1', 'zoo', 1);
  await settle();
  expect((await audit(store, DECIDED)).violations).toEqual([]);
  clock.pass(3 * 3_600_000);
  await settle();
  expect((await store.read('trip-zoo')).map(({ type }) => type)).toContain('Reminded');
  expect((await audit(store, DECIDED)).violations).toEqual([]);
});

test('memory holds the actors that are open, not the log: closed ones are read again when a row of theirs comes', async () => {
  for (let trip = 0; trip < 40; trip++) {
    await school.announce(`a-${trip}`, `t${trip}`, 1);
    await school.pay(`p-${trip}`, `t${trip}`, 0);
    await school.say(`o-${trip}`, 'Over', { trip: `t${trip}` });
  }
  await settle();
  await school.pay('late', 't3', 9);
  await settle();
  let reads = 0;
  const counted = new Proxy(store, {
    get(target, name) {
      if (name === 'read') return (...asked: Parameters<Store['read']>) => (reads++, target.read(...asked));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  expect((await audit(counted)).violations).toEqual([]);
  // Each truncated stream is asked once where it begins; the one that a late message came to, once more.
  expect(reads).toBeGreaterThan(40);
  expect(reads).toBeLessThan(200);
});
