import { explain, explanationText, memoryStore, personalStore } from 'waybill';
import type { App, Explanation, Store, Told } from 'waybill';
import { Ahead, BookCoach, Coach, Letters, Payers, running, School, Trip, USE } from './kit';

const by = { by: 'ada', why: 'the till is open' };
const HOUR = 3_600_000;

let store: Store;
let school: School;
let clock: Ahead;
beforeEach(() => {
  store = memoryStore();
  school = new School(personalStore(store));
  clock = new Ahead();
  Trip.broken = Payers.broken = Letters.broken = false;
});

const options = () => ({ store, use: USE, runtime: clock.runtime });
/** Runs the app until all is settled. */
const settle = (work: (app: App) => Promise<unknown> = async () => undefined) =>
  running(options(), async (app) => {
    await app.settled();
    await work(app);
    await app.settled();
  });
/** What each consumer of each copy says, told after the app has stopped. */
async function toldOf(id: string): Promise<(readonly [string, string])[]> {
  return (await explained(id)).copies.flatMap(({ told }) => told.map(({ consumer, outcome }) => [consumer, outcome] as const));
}
const explained = (id: string): Promise<Explanation> => explain(store, id, { use: USE, runtime: clock.runtime });
const at = ({ copies }: Explanation, consumer: string, copy = 0): Told => {
  const found = copies[copy]?.told.find((told) => told.consumer === consumer);
  if (!found) throw new Error(`${consumer} says nothing`);
  return found;
};

test('before anything runs, each message waits; one that is for nobody says so', async () => {
  await school.announce('m-1', 'zoo', 1);
  await school.announce('m-2', 'nobody', 1);
  await school.say('m-3', 'Weather', {});
  expect(await toldOf('m-1')).toEqual([['trip', 'waiting']]);
  expect(await toldOf('m-2')).toEqual([['trip', 'none']]);
  expect(await toldOf('m-3')).toEqual([]);
  expect(explanationText(await explained('m-3'))).toContain('None of these classes takes it');
  expect(await explained('m-9')).toMatchObject({ copies: [], caused: [] });
  expect(explanationText(await explained('m-9'))).toContain('No message m-9');
});

test('one id, three copies: the first is taken in and led to what it led to, the equal one is a duplicate of its version, the other one a conflict with a diff, its name masked', async () => {
  await school.announce('m-1', 'zoo', 1);
  await school.pay('m-2', 'zoo', 0);
  await school.pay('m-2', 'zoo', 0);
  await school.pay('m-2', 'zoo', 0, { coins: 3, name: 'Another' });
  await settle();
  const told = await explained('m-2');
  expect(told.copies.map((copy) => copy.at?.position)).toEqual([2, 3, 4]);
  const [taken, same, other] = [0, 1, 2].map((copy) => at(told, 'trip', copy));
  expect(taken).toMatchObject({ outcome: 'applied', stream: 'trip-zoo', row: { stream: 'trip-zoo', version: 2 } });
  expect(same).toMatchObject({ outcome: 'duplicate', first: taken?.row, because: expect.stringContaining('left no row') as string });
  expect(same?.row).toBeUndefined();
  expect(other).toMatchObject({ outcome: 'conflict', first: taken?.row, reason: 'another Paid with seat 0 was taken in before' });
  expect(other?.diff).toEqual([
    { field: 'coins', first: undefined, second: '3' },
    { field: 'name', first: '***', second: '***' },
  ]);
  const text = explanationText(told);
  expect(text).not.toMatch(/Name 0|Another/);
  expect(text).toContain('The log holds 3 copies under this id');
  expect(told.caused.map(({ depth, kind, type }) => [depth, kind, type])).toEqual([
    [1, 'event', 'CoachOrdered'],
    [1, 'event', 'BookCoach'],
    [1, 'taken', 'BookCoach'],
    [2, 'event', 'CoachBooked'],
    [1, 'taken', 'CoachOrdered'],
  ]);
});

test('an app that runs, one that starts after it, and no app at all tell the same', async () => {
  await school.announce('m-1', 'zoo', 1);
  for (const copy of ['m-2', 'm-3']) await school.pay(copy, 'zoo', 0);
  const live = await running(options(), async (app) => {
    await app.settled();
    return app.explain('m-3');
  });
  const later = await running(options(), (app) => app.explain('m-3'));
  expect(later).toEqual(live);
  expect(await explained('m-3')).toEqual(live);
  expect(at(live, 'trip').outcome).toBe('duplicate');
});

test('a parked message tells its error, its attempts and every word of an operator; the one behind it why it waits', async () => {
  Trip.broken = true;
  await school.announce('m-1', 'zoo', 3);
  await school.pay('m-2', 'zoo', 1);
  await school.pay('m-3', 'zoo', 2);
  await settle(async (app) => {
    await app.operators.retry('trip-zoo', undefined, by);
    expect(at(await app.explain('m-2'), 'trip')).toMatchObject({
      ...{ outcome: 'parked', attempts: 2, reason: 'the till is shut', row: { stream: 'trip-zoo', version: 2 } },
      words: [{ what: 'retried', by: 'ada', why: 'the till is open', reason: 'the till is shut' }],
    });
    expect(at(await app.explain('m-3'), 'trip')).toMatchObject({ outcome: 'parked', because: 'it is queued after a parked message' });
    Trip.broken = false;
    await app.operators.skip('trip-zoo', 2, { by: 'bob', why: 'paid by mistake' });
    await app.operators.retry('trip-zoo', undefined, by);
  });
  const skipped = at(await explained('m-2'), 'trip');
  expect(skipped).toMatchObject({ outcome: 'discarded', because: 'skipped by bob', reason: 'paid by mistake' });
  expect(skipped.words?.map(({ what, by: who }) => [what, who])).toEqual([
    ['retried', 'ada'],
    ['skipped', 'bob'],
  ]);
  const released = at(await explained('m-3'), 'trip');
  expect(released).toMatchObject({ outcome: 'applied', words: [{ what: 'retried' }, { what: 'released', by: 'ada' }] });
  expect(explanationText(await explained('m-2'))).toMatch(/skipped by bob, 20\d\d-.*: paid by mistake; at trip-zoo version/);
});

test('what its own method parked, discarded, or took in too late says so; so does a message without a key', async () => {
  await school.announce('m-1', 'zoo', 1);
  await school.pay('m-2', 'zoo', 0);
  await school.pay('m-3', 'zoo', 5);
  await school.say('m-4', 'Gossip', { trip: 'zoo' });
  await school.announce('m-5', 'park', 9);
  await school.pay('m-6', 'park', 0, { coins: 0 });
  await school.say('m-7', 'Paid', { trip: 7, seat: 1, pupil: 'p', name: 'n' });
  await settle();
  expect(at(await explained('m-3'), 'trip')).toMatchObject({ outcome: 'applied', because: expect.stringContaining('too late') as string });
  expect(at(await explained('m-4'), 'trip')).toMatchObject({ outcome: 'discarded', reason: 'nobody asked' });
  expect(at(await explained('m-6'), 'trip')).toMatchObject({ outcome: 'conflict', reason: 'paid with nothing' });
  expect(at(await explained('m-7'), 'trip')).toMatchObject({ outcome: 'parked', row: { stream: 'trip:parked', version: 0 } });
  expect(at(await explained('m-7'), 'payers')).toMatchObject({ outcome: 'parked', row: { stream: 'payers:parked-7' } });
});

test('a command tells its answer or its refusal, per actor; that a repeated send left no row; from a saga, the row that sent it', async () => {
  await school.announce('m-1', 'zoo', 1);
  await school.pay('m-2', 'zoo', 0);
  await settle(async (app) => {
    for (let times = 0; times < 2; times++) await app.send(Coach, new BookCoach({ trip: 'sea', seats: 9 }), { id: 'c-1' });
    await app.send(Coach, new BookCoach({ trip: 'lake', seats: 9 }), { id: 'c-1' });
    await expect(app.send(Coach, new BookCoach({ trip: 'sea', seats: 9 }), { id: 'c-2' })).rejects.toThrow('there is one coach');
  });
  const sent = await explained('c-1');
  expect(sent.copies.map(({ kind, told }) => [kind, told[0]?.outcome, told[0]?.stream])).toEqual([
    ['command', 'applied', 'coach-sea'],
    ['command', 'applied', 'coach-lake'],
  ]);
  expect(explanationText(sent)).toContain('Sent again with this id: the same answer and no row');
  expect(at(await explained('c-2'), 'coach')).toMatchObject({ outcome: 'discarded', reason: 'there is one coach' });
  const { caused } = await explained('m-2');
  const own = await explained(caused.find(({ type }) => type === 'BookCoach')?.id ?? '');
  expect(own.copies).toMatchObject([
    { kind: 'command', cause: 'm-2', told: [{ consumer: 'coach', outcome: 'applied', stream: 'coach-zoo' }] },
  ]);
});

test('a deadline tells when it is due, that it fired, or that it was taken back', async () => {
  await school.announce('m-1', 'zoo', 1);
  await school.announce('m-2', 'park', 1);
  await settle();
  const [zoo, park] = await Promise.all(['m-1', 'm-2'].map(async (id) => (await explained(id)).caused[0]?.id ?? ''));
  expect(at(await explained(zoo!), 'trip')).toMatchObject({
    outcome: 'waiting',
    because: expect.stringContaining('pending until 20') as string,
  });
  await school.pay('m-3', 'zoo', 0);
  await settle();
  clock.pass(2 * HOUR);
  await settle();
  expect(at(await explained(zoo!), 'trip')).toMatchObject({ outcome: 'late', because: 'cancelled before it was due' });
  const fired = await explained(park!);
  expect(fired.copies).toMatchObject([{ kind: 'deadline', cause: 'm-2' }]);
  expect(at(fired, 'trip')).toMatchObject({ outcome: 'applied', because: expect.stringContaining('fired') as string });
  expect(fired.caused.map(({ type }) => type)).toEqual(['Reminded']);
});

test('handlers: a call that leaves no row, an attempt that does, a call that was parked and released', async () => {
  Letters.broken = true;
  await school.announce('m-1', 'zoo', 1);
  await school.pay('m-2', 'zoo', 0);
  await settle();
  const id = (await explained('m-2')).caused[0]?.id ?? '';
  expect(at(await explained(id), 'letters')).toMatchObject({ outcome: 'parked', reason: expect.stringContaining('no stamps') as string });
  expect(at(await explained(id), 'bell')).toMatchObject({ outcome: 'applied', because: expect.stringContaining('one attempt') as string });
  Letters.broken = false;
  await settle(async (app) => {
    for await (const { stream, version } of app.operators.parked()) await app.operators.retry(stream, version, by);
  });
  expect(at(await explained(id), 'letters')).toMatchObject({ outcome: 'applied', because: 'released by ada' });
  await school.announce('m-4', 'sea', 1);
  await school.pay('m-5', 'sea', 0);
  await settle();
  const other = (await explained('m-5')).caused[0]?.id ?? '';
  const letters = at(await explained(other), 'letters');
  expect(letters).toMatchObject({ outcome: 'applied', because: expect.stringContaining('leaves no row') as string });
  expect(letters.row).toBeUndefined();
});

test('projections: folded by position; held up and behind it; after a rebuild in the rows of now', async () => {
  Payers.broken = true;
  await school.pay('m-1', 'zoo', 0);
  await school.pay('m-2', 'zoo', 1);
  await settle();
  expect(at(await explained('m-1'), 'payers')).toMatchObject({ outcome: 'parked', reason: 'out of chalk' });
  expect(at(await explained('m-2'), 'payers')).toMatchObject({ outcome: 'parked', because: 'it is queued after a parked message' });
  Payers.broken = false;
  await settle((app) => app.rebuild(Payers));
  for (const id of ['m-1', 'm-2']) expect(at(await explained(id), 'payers')).toMatchObject({ outcome: 'applied', stream: 'payers-zoo' });
});

test('after the end of its actor, what it led to still tells that it was taken in; an equal copy is known, an unknown one parked', async () => {
  await school.announce('m-1', 'zoo', 1);
  await school.pay('m-2', 'zoo', 0);
  await school.say('m-3', 'Over', { trip: 'zoo' });
  await settle();
  await school.pay('m-4', 'zoo', 0);
  await school.pay('m-5', 'zoo', 4);
  await settle();
  expect((await store.read('trip-zoo'))[0]?.type).toBe('took:~closed');
  expect(at(await explained('m-2'), 'trip')).toMatchObject({
    outcome: 'applied',
    because: expect.stringContaining('that row truncated') as string,
  });
  for (const id of ['m-1', 'm-4']) expect(at(await explained(id), 'trip')).toMatchObject({ outcome: 'closed' });
  expect(at(await explained('m-3'), 'trip')).toMatchObject({ outcome: 'applied' });
  expect(at(await explained('m-5'), 'trip')).toMatchObject({ outcome: 'parked', because: 'it came too late' });
});

test('of a person who was forgotten: no name, and a copy that cannot be compared any more says so', async () => {
  await school.announce('m-1', 'zoo', 9);
  await school.pay('m-2', 'zoo', 0);
  await settle((app) => app.forget('p-0'));
  await school.pay('m-3', 'zoo', 0, { name: 'Name 0' });
  await settle();
  const told = await explained('m-3');
  expect(at(told, 'trip')).toMatchObject({ outcome: 'duplicate', reason: expect.stringContaining('cannot compare any more') as string });
  expect(JSON.stringify([told, await explained('m-2')])).not.toContain('Name 0');
});

test('the id of a row that an actor wrote leads to the message that it speaks of', async () => {
  await school.announce('m-1', 'zoo', 1);
  await settle();
  const [row] = await store.read('trip-zoo');
  const told = await explained(row?.id ?? '');
  expect(told.copies).toMatchObject([{ kind: 'row', cause: 'm-1', told: [] }]);
  expect(explanationText(told)).toContain('is a row about message m-1: ask for that id');
});

test('a message that was passed over is told as untold, and not as a duplicate', async () => {
  await school.announce('m-1', 'zoo', 1);
  await settle();
  await school.pay('m-2', 'zoo', 0);
  const { checkpoint } = { checkpoint: store.checkpoint('trip:Announced+Gossip+Over+Paid') };
  await checkpoint.save({ ...(await checkpoint.load()), position: await store.head() });
  expect(at(await explained('m-2'), 'trip')).toMatchObject({
    outcome: 'untold',
    because: expect.stringContaining('run the audit') as string,
  });
});

test('it writes nothing, and looks at no row at or below `after`', async () => {
  await school.announce('m-1', 'zoo', 1);
  await settle();
  const head = await store.head();
  await explained('m-1');
  expect(await store.head()).toBe(head);
  expect((await explain(store, 'm-1', { use: USE, after: 1 })).copies).toEqual([]);
});
