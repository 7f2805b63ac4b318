import { Actor, Applies, ERASED, Event, Handles, memoryStore, personalStore, Projection, realRuntime, Saga, WaybillError } from 'waybill';
import type { Keys, Recorded, Store } from 'waybill';
import { randomUUID } from 'node:crypto';
import { keeper, withKeys } from './personal-keys';
import {
  ADA,
  ALL,
  feed,
  Lengths,
  Letters,
  LetterSent,
  Mail,
  order,
  OrderPaid,
  Orders,
  OrderSubmitted,
  run,
  SubmitOrder,
  textOf,
} from './personal-kit';
import { forEachStore } from './stores';

const paid = () => new OrderPaid({ orderId: 'o-1', customerId: 'c-7' });
/** What the rows of a stream say of the customer's name, in order, as a process sees it that reads them now. */
async function namesIn(store: Store, stream: string): Promise<unknown[]> {
  const rows = await personalStore(store).read(stream);
  return rows.map(({ data }) => (JSON.parse(data) as { customerName?: string }).customerName);
}

test('where a provider has deleted a key and cannot say so, its rows are unreadable until the app is told, and never erased by guess', async () => {
  const [log, keys] = [memoryStore(), keeper()];
  const { app } = await run(log, [Letters], { keys });
  await feed(personalStore(log, { keys }), new OrderSubmitted(order()));
  await app.settled();
  await keys.forget('c-7');
  const read = () => textOf(personalStore(log, { keys }));
  await expect(read()).rejects.toMatchObject({ code: 'PERSONAL_UNREADABLE' });
  await app.forget('c-7');
  await feed(personalStore(log, { keys }), paid());
  await app.settled();
  await app.stop();
  expect(await read()).not.toContain(ADA);
});

forEachStore('personal data of a person who is forgotten', (openLog) => {
  const open = () => withKeys(openLog());
  beforeEach(() => {
    Mail.got = [];
    Letters.failures = 0;
  });

  test('is unreadable at once here, in a process that begins later and in one that had read it, once its keys are looked up again', async () => {
    const log = open();
    let now = 1_000_000;
    const store = await log.connect();
    const { app } = await run(store);
    await app.send(Orders, new SubmitOrder(order()), { id: 'r-1' });
    await app.settled();
    const other = personalStore(await log.connect(), { runtime: { ...realRuntime, now: () => now } });
    expect((await other.read('orders-o-1'))[1]?.data).toContain(ADA);

    await app.forget('c-7');
    expect(await namesIn(await log.connect(), 'orders-o-1')).toEqual([ERASED, ERASED]);
    const late = await run(await log.connect(), [Mail]);
    await late.app.settled();
    expect(Mail.got.at(-1)).toBe(Mail.got.length > 1 ? ERASED : ADA);
    now += 10_000;
    const rows = await other.read('orders-o-1');
    expect(rows.map(({ erased }) => erased)).toEqual([true, true]);
    expect(rows[1]?.data).toBe(`{"customerId":"c-7","customerName":"${ERASED}","orderId":"o-1"}`);
    await app.stop();
    await late.app.stop();
  });

  test('stays erased when the person comes back: what is written then has a key of its own', async () => {
    const log = open();
    const store = await log.connect();
    const { app } = await run(store);
    await app.send(Orders, new SubmitOrder(order()), { id: 'r-1' });
    await app.settled();
    const other = personalStore(await log.connect(), { runtime: { ...realRuntime, now: () => 1_000_000 } });
    expect((await other.read('orders-o-1'))[1]?.data).toContain(ADA);
    await app.forget('c-7');
    await app.send(Orders, new SubmitOrder(order({ orderId: 'o-2', customerName: 'A.' })), { id: 'r-2' });
    await app.settled();
    await app.stop();
    // A process that knows the key of before does not take the new one's for erased.
    expect((await other.read('orders-o-2'))[1]?.data).toContain('A.');
    expect(await namesIn(store, 'orders-o-1')).toEqual([ERASED, ERASED]);
    expect(await namesIn(store, 'letters-o-1')).toEqual([ERASED]);
    expect(await namesIn(store, 'orders-o-2')).toEqual(['A.', 'A.']);
    expect(await namesIn(store, 'letters-o-2')).toEqual(['A.']);
  });

  test('does not come back out of the state that an actor had in memory', async () => {
    const store = await open().connect();
    const { app, failures } = await run(store);
    await app.send(Orders, new SubmitOrder(order()), { id: 'r-1' });
    await app.settled();
    await app.forget('c-7');
    await feed(store, paid());
    await app.settled();
    expect(failures).toEqual([]);
    expect(await namesIn(store, 'letters-o-1')).toEqual([ERASED, undefined, ERASED]);
    await app.stop();
  });

  test('does not come back out of the state of an actor in another process, which nobody has told', async () => {
    const log = open();
    const [here, there] = [await log.connect(), await log.connect()];
    const clerk = await run(here, [Orders]);
    const writer = await run(there, [Letters]);
    await clerk.app.send(Orders, new SubmitOrder(order()), { id: 'r-1' });
    await writer.app.settled();
    await clerk.app.forget('c-7');
    await feed(here, paid());
    await writer.app.settled();
    expect(writer.failures).toEqual([]);
    expect(await namesIn(here, 'letters-o-1')).toEqual([ERASED, undefined, ERASED]);
    // It goes on as before with all others.
    await clerk.app.send(Orders, new SubmitOrder(order({ orderId: 'o-2', customerId: 'c-8' })), { id: 'r-2' });
    await feed(here, new OrderPaid({ orderId: 'o-2', customerId: 'c-8' }));
    await writer.app.settled();
    expect(await namesIn(here, 'letters-o-2')).toEqual([ADA, undefined, ADA]);
    await clerk.app.stop();
    await writer.app.stop();
  });

  test('does not come back out of the state of an actor that writes of somebody else', async () => {
    const log = open();
    const [here, there] = [await log.connect(), await log.connect()];
    const writer = await run(there, [Letters]);
    await feed(personalStore(here), new OrderSubmitted(order()));
    await writer.app.settled();
    const { app } = await run(here, [Orders]);
    await app.forget('c-7');
    await app.stop();
    await feed(here, new OrderPaid({ orderId: 'o-1', customerId: 'c-8' }));
    await writer.app.settled();
    await writer.app.stop();
    expect(await namesIn(here, 'letters-o-1')).toEqual([ERASED, undefined, ERASED]);
  });

  test('does not come back where the key was deleted behind the back of every app, in the store that keeps the keys', async () => {
    const store = await open().connect();
    const { app } = await run(store, [Letters]);
    await feed(personalStore(store), new OrderSubmitted(order()));
    await app.settled();
    await store.keys.forget('c-7');
    await feed(store, paid());
    await app.settled();
    await app.stop();
    expect(await namesIn(store, 'letters-o-1')).toEqual([ERASED, undefined, ERASED]);
  });

  test('does not come back with the person, out of a message of before that was on its way', async () => {
    const store = await open().connect();
    const { app, failures } = await run(store, [Letters, Lengths, Orders]);
    Letters.failures = 3;
    const seen = new Promise<void>((resolve) => app.outcomes.subscribe(({ consumer }) => consumer === 'lengths' && resolve()));
    await feed(personalStore(store), new OrderSubmitted(order()));
    await seen;
    await app.forget('c-7');
    await app.send(Orders, new SubmitOrder(order({ orderId: 'o-2', customerName: 'A.' })), { id: 'r-2' });
    await app.settled();
    await app.stop();
    expect(failures).toEqual([]);
    expect(await namesIn(store, 'letters-o-1')).toEqual([ERASED]);
    expect(await namesIn(store, 'letters-o-2')).toEqual(['A.']);
  });

  test('does not come back out of a message that was on its way when it happened', async () => {
    const store = await open().connect();
    const { app, outcomes, failures } = await run(store, [Letters, Lengths]);
    Letters.failures = 3;
    const seen = new Promise<void>((resolve) => app.outcomes.subscribe(({ consumer }) => consumer === 'lengths' && resolve()));
    await feed(personalStore(store), new OrderSubmitted(order()));
    await seen;
    await app.forget('c-7');
    await app.settled();
    await app.stop();
    expect(failures).toEqual([]);
    expect(outcomes.map(({ consumer, kind }) => `${consumer} ${kind}`).sort()).toEqual(['lengths applied', 'letters applied']);
    expect(await namesIn(store, 'letters-o-1')).toEqual([ERASED]);
    expect((await store.keys.load(['c-7'])).size).toBe(0);
  });

  test('is taken in as erased by whoever sees it first afterwards, past any schema, and once', async () => {
    const store = await open().connect();
    await feed(personalStore(store), new Measured({ id: 'm-1', person: 'c-7', height: 180 }));
    const outside = await run(store, [Mail]);
    await outside.app.forget('c-7');
    await outside.app.stop();
    for (const expected of [['applied'], []]) {
      const { app, outcomes, failures } = await run(store, [Heights]);
      await app.settled();
      await app.stop();
      expect(failures).toEqual([]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(expected);
    }
    await store.checkpoint('heights:Measured').rewind(0);
    const again = await run(store, [Heights]);
    await again.app.settled();
    await again.app.stop();
    expect(again.outcomes.map(({ kind }) => kind)).toEqual(['duplicate']);
    const rows = await personalStore(store).read('heights-m-1');
    expect(rows.map(({ type, data, erased }) => [type, data, erased])).toEqual([
      ['took:Measured', `{"height":"${ERASED}","id":"m-1","person":"c-7"}`, true],
    ]);
  });

  test('is still known: the same event under a new id is a duplicate, which a fresh process says it cannot compare any more', async () => {
    const log = open();
    const store = await log.connect();
    const first = await run(store, [Letters]);
    await feed(personalStore(store), new OrderSubmitted(order()));
    await first.app.settled();
    await first.app.forget('c-7');
    const other = (customerName: string) => feed(personalStore(store), new OrderSubmitted(order({ customerName })));
    await other('somebody else');
    await other(ADA);
    await first.app.settled();
    await first.app.stop();
    expect(first.outcomes.map(({ kind }) => kind)).toEqual(['applied', 'duplicate', 'duplicate']);
    const second = await run(await log.connect(), [Letters]);
    await other('a third');
    await other(ADA);
    await second.app.settled();
    await second.app.stop();
    expect(second.outcomes.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['duplicate', 'cannot compare any more: personal data was erased'],
      ['duplicate', 'cannot compare any more: personal data was erased'],
    ]);
    expect(await textOf(store)).not.toContain('parked:');
  });

  test('is still known by the actor that has it in memory: a copy of the row as the log keeps it is a duplicate', async () => {
    const store = await open().connect();
    const { app, outcomes } = await run(store, [Letters]);
    await feed(personalStore(store), new OrderSubmitted(order()));
    await app.settled();
    await app.forget('c-7');
    const [row] = await store.read('feed-OrderSubmitted');
    await store.append([{ stream: 'copies', expected: 'none', events: [{ ...(row as Recorded), id: randomUUID() }] }]);
    await app.settled();
    await app.stop();
    expect(outcomes.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['applied', undefined],
      ['duplicate', 'cannot compare any more: personal data was erased'],
    ]);
  });

  test('is still known: the same command again has the answer that it had, with what is left of it', async () => {
    const log = open();
    const first = await run(await log.connect(), [Orders]);
    const answer = await first.app.send(Orders, new SubmitOrder(order()), { id: 'r-1' });
    await first.app.forget('c-7');
    await first.app.stop();
    const second = await run(await log.connect(), [Orders]);
    const again = await second.app.send(Orders, new SubmitOrder(order()), { id: 'r-1' });
    expect(again).toEqual({ ...answer, events: [new OrderSubmitted(order({ customerName: ERASED }))] });
    expect(second.outcomes.map(({ kind }) => kind)).toEqual(['duplicate']);
    await second.app.stop();
  });

  test('is forgotten with many others in one call; a name that no subject can have is refused', async () => {
    const store = await open().connect();
    const { app } = await run(store, [Orders]);
    const ids = Array.from({ length: 20 }, (_, n) => `c-${n}`);
    await Promise.all(
      ids.map((customerId) => app.send(Orders, new SubmitOrder(order({ orderId: customerId, customerId })), { id: customerId })),
    );
    await app.forget(ids);
    expect((await store.keys.load(ids)).size).toBe(0);
    await expect(app.forget('')).rejects.toThrow('WRITE_BAD_NAME');
    await app.stop();
  });
});

@Projection('names')
class Names extends Actor<{ readonly name: string } | undefined, OrderSubmitted> {
  initial(): undefined {
    return undefined;
  }
  key(e: OrderSubmitted) {
    return e.orderId;
  }
  @Applies(OrderSubmitted) submitted(e: OrderSubmitted) {
    return { name: e.customerName };
  }
}

test('a view keeps what it holds in clear until it is rebuilt', async () => {
  const store = memoryStore();
  const { app } = await run(store, [Names]);
  await feed(personalStore(store), new OrderSubmitted(order()));
  await app.settled();
  await app.forget('c-7');
  expect(await app.view(Names).get('o-1')).toEqual({ name: ADA });
  await app.rebuild(Names);
  expect(await app.view(Names).get('o-1')).toEqual({ name: ERASED });
  await app.stop();
});

/** A schema that takes numbers only: what an erased field reads is none. */
const height = {
  '~standard': {
    version: 1 as const,
    vendor: 'by hand',
    types: undefined as { readonly input: Height; readonly output: Height } | undefined,
    validate: (value: unknown) =>
      typeof (value as Height).height === 'number' ? { value: value as Height } : { issues: [{ message: 'no number', path: ['height'] }] },
  },
};
interface Height {
  readonly id: string;
  readonly person: string;
  readonly height: number;
}
class Measured extends Event('Measured', { schema: height, personal: ['height'], subject: (e) => e.person }) {}

@Saga('heights')
class Heights extends Actor<{ readonly sum: number }, Measured> {
  initial() {
    return { sum: 0 };
  }
  key(e: Measured) {
    return e.id;
  }
  @Handles(Measured, { once: true }) measured() {
    return [];
  }
  @Applies(Measured) sum(e: Measured, { sum }: { readonly sum: number }) {
    return { sum: sum + (typeof e.height === 'number' ? e.height : 0) };
  }
}

test.each(['c-7', 'waybill:forgotten'])(
  'a forget that fails half-way, at %s, is told to others as far as it went, and repeated until all is gone',
  async (at) => {
    const store = memoryStore();
    let left = 1;
    const { load, keep, forget } = store.keys as Keys;
    const failing: Keys = {
      load,
      keep,
      forget: async (subject) => {
        await forget(subject);
        if (subject === at && left-- > 0) throw new WaybillError('STORE_BUSY', 'deleted, and still in the -wal file', 'again');
      },
    };
    const clerk = await run(store, [Orders], { keys: failing });
    const writer = await run(store, [Letters]);
    await clerk.app.send(Orders, new SubmitOrder(order()), { id: 'r-1' });
    await writer.app.settled();
    await expect(clerk.app.forget('c-7')).rejects.toThrow('STORE_BUSY');
    await feed(store, new OrderPaid({ orderId: 'o-1', customerId: 'c-8' }));
    await writer.app.settled();
    expect(await namesIn(store, 'letters-o-1')).toEqual([ERASED, undefined, ERASED]);
    await clerk.app.forget('c-7');
    await clerk.app.stop();
    await writer.app.stop();
    expect((await load(['c-7'])).size).toBe(0);
  },
);

test('keys that cannot be reached for a while stop nobody: nothing is stored in clear, and all goes on afterwards', async () => {
  const store = memoryStore();
  let failures = 0;
  const keys = keeper(async () => {
    if (failures-- > 0) throw new WaybillError('STORE_UNAVAILABLE', 'no answer', 'wait');
  });
  Mail.got = [];
  const { app, failures: fatal } = await run(store, ALL, { keys });
  failures = 3;
  await expect(app.send(Orders, new SubmitOrder(order()), { id: 'r-1' })).rejects.toThrow('STORE_UNAVAILABLE');
  failures = 0;
  await app.send(Orders, new SubmitOrder(order()), { id: 'r-1' });
  failures = 5;
  await app.settled();
  await app.stop();
  expect(fatal).toEqual([]);
  expect(Mail.got).toEqual([ADA]);
  expect(await textOf(store)).not.toContain(ADA);
  expect(LetterSent.messageType).toBe('LetterSent');
});
