import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlite } from '@waybill/sqlite';
import { CIPHER, keeper, withKeys } from './personal-keys';
import type { LetterSent } from './personal-kit';
import {
  ADA,
  ALL,
  bytesOnDisk,
  feed,
  Lengths,
  Letters,
  Mail,
  order,
  OrderPaid,
  Orders,
  OrderSubmitted,
  rowsOf,
  run,
  STREET,
  SubmitOrder,
  textOf,
} from './personal-kit';
import { forEachStore } from './stores';
import { personalStore } from 'waybill';

const address = { street: STREET, lines: [1, null, 3] };

forEachStore('personal data', (openLog) => {
  const open = () => withKeys(openLog());
  beforeEach(() => {
    Mail.got = [];
    Letters.failures = 0;
  });

  test('every part of an app has the fields in clear, and no row of the log holds them', async () => {
    const store = await open().connect();
    const { app, failures } = await run(store);
    const answer = await app.send(Orders, new SubmitOrder(order({ address })), { id: 'r-1' });
    expect(answer.events).toEqual([new OrderSubmitted(order({ address }))]);
    await app.settled();
    await feed(store, new OrderPaid({ orderId: 'o-1', customerId: 'c-7' }));
    await app.settled();
    expect(await app.view(Lengths).get('o-1')).toEqual({ length: ADA.length });
    expect(Mail.got).toEqual([ADA]);
    await app.stop();
    expect(failures).toEqual([]);

    const rows = await rowsOf(store);
    expect(rows.map(({ type }) => type).sort()).toEqual([
      'LetterSent',
      'OrderPaid',
      'OrderSubmitted',
      'took:OrderPaid',
      'took:OrderSubmitted',
      'took:SubmitOrder',
    ]);
    const text = await textOf(store);
    expect(text).not.toContain(ADA);
    expect(text).not.toContain(STREET);
    expect(text.split(CIPHER)).toHaveLength(8);
    // All else stays as it was: it can be searched and read.
    expect(text.split('"customerId":"c-7"').length).toBeGreaterThan(5);

    const letters = await personalStore(store).read('letters-o-1');
    expect(letters.find(({ type }) => type === 'LetterSent')?.data).toBe(`{"customerId":"c-7","customerName":"${ADA}","orderId":"o-1"}`);
  });

  test('the same command again, in another process, has the same answer in clear and appends nothing', async () => {
    const log = open();
    const first = await run(await log.connect());
    const command = () => new SubmitOrder(order({ address }));
    const answer = await first.app.send(Orders, command(), { id: 'r-1' });
    await first.app.settled();
    await first.app.stop();

    const store = await log.connect();
    const before = await store.head();
    const second = await run(store);
    expect(await second.app.send(Orders, command(), { id: 'r-1' })).toEqual(answer);
    await expect(second.app.send(Orders, new SubmitOrder(order({ orderId: 'o-1' })), { id: 'r-2' })).rejects.toThrow('submitted before');
    await second.app.settled();
    await second.app.stop();
    // Only the refusal of the second command is new.
    expect((await rowsOf(store)).filter(({ position }) => position > before).map(({ type }) => type)).toEqual(['took:SubmitOrder']);
    expect(Mail.got).toEqual([ADA]);
  });

  test('an event that comes again is known by its content, though no two ciphertexts of it are equal; another content is a conflict', async () => {
    const store = await open().connect();
    const { app, outcomes } = await run(store, [Letters]);
    const outside = personalStore(store);
    for (const name of [ADA, ADA, `${ADA} 2`]) await feed(outside, new OrderSubmitted(order({ customerName: name })));
    await app.settled();
    await app.stop();
    expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'duplicate', 'conflict']);
    expect(outcomes[2]?.diff).toEqual([{ field: 'customerName', first: '***', second: '***' }]);
    expect(JSON.stringify(outcomes)).not.toContain(ADA);
    const text = await textOf(store);
    expect(text).toContain('parked:OrderSubmitted');
    expect(text).not.toContain(ADA);
  });

  test('rows from before the fields were declared personal are read as they are, whatever they hold', async () => {
    const store = await open().connect();
    const look = `${CIPHER}abcdefghijkl:`;
    for (const [at, name] of [ADA, look, '"~personal":', `${CIPHER}${'x'.repeat(9)}`].entries()) {
      await feed(store, new OrderSubmitted(order({ orderId: `o-${at}`, customerName: name })));
    }
    const { app, failures } = await run(store, [Mail]);
    await app.settled();
    await app.stop();
    expect(failures).toEqual([]);
    expect(Mail.got).toEqual([ADA, look, '"~personal":', `${CIPHER}${'x'.repeat(9)}`]);
  });

  test('texts of users that look like ciphertexts, marks or erased fields come back as they were given', async () => {
    const store = await open().connect();
    const { app, failures } = await run(store);
    const names = [
      CIPHER,
      `${CIPHER}abcdefghijkl:${'A'.repeat(60)}`,
      '"~personal":{"subject":"c-8","fields":["orderId"]}}',
      ',',
      '{}',
      '"[erased]"',
      ' [erased]',
    ];
    for (const [at, customerName] of names.entries()) {
      const orderId = `${at}${CIPHER}"~personal":{`;
      await app.send(Orders, new SubmitOrder(order({ orderId, customerName })), { id: orderId });
    }
    await app.settled();
    await app.stop();
    expect(failures).toEqual([]);
    expect([...Mail.got].sort()).toEqual([...names].sort());
  });

  test('what a letter says is encrypted for its own subject: one person can be forgotten without the other', async () => {
    const store = await open().connect();
    const { app } = await run(store);
    await app.send(Orders, new SubmitOrder(order()), { id: 'r-1' });
    await app.send(Orders, new SubmitOrder(order({ orderId: 'o-2', customerId: 'c-8', customerName: 'Bob' })), { id: 'r-2' });
    await app.forget('c-7');
    await app.settled();
    await app.stop();
    const seen = personalStore(store);
    const dataOf = async (stream: string) => (await seen.read(stream)).map(({ data }) => (JSON.parse(data) as LetterSent).customerName);
    expect(await dataOf('orders-o-1')).toEqual(['[erased]', '[erased]']);
    expect(await dataOf('orders-o-2')).toEqual(['Bob', 'Bob']);
  });

  test('the keys may be kept elsewhere: then the store holds none', async () => {
    const store = await open().connect();
    const keys = keeper();
    const { app } = await run(store, ALL, { keys });
    await app.send(Orders, new SubmitOrder(order()), { id: 'r-1' });
    await app.settled();
    expect([...keys.secrets.keys()]).toEqual(['c-7']);
    expect((await store.keys.load(['c-7'])).size).toBe(0);
    await app.forget('c-7');
    expect(keys.secrets.has('c-7')).toBe(false);
    await app.stop();
    await expect(run(Object.assign(store, { keys: undefined }))).rejects.toThrow('PERSONAL_WITHOUT_KEYS');
  });
});

test('no byte of a personal field is in the SQLite file or beside it, and after forget no byte of its key', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-personal-'));
  const file = join(folder, 'log.db');
  try {
    const store = sqlite(file);
    const { app } = await run(store);
    await app.send(Orders, new SubmitOrder(order({ address })), { id: 'r-1' });
    await app.settled();
    const secret = (await store.keys.load(['c-7'])).get('c-7') as string;
    expect(bytesOnDisk(file)).toContain('OrderSubmitted');
    expect(bytesOnDisk(file)).toContain(secret);
    for (const text of [ADA, STREET]) expect(bytesOnDisk(file)).not.toContain(text);
    await app.forget('c-7');
    expect(bytesOnDisk(file)).not.toContain(secret);
    await app.stop();
    await store.close();
    for (const text of [ADA, STREET, secret]) expect(bytesOnDisk(file)).not.toContain(text);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
