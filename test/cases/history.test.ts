import type { Outcome, Recorded } from '@waybill/core';
import { define } from '@waybill/core/internal';
import { Facts, LogChecker } from '@waybill/testing/internal';
import { History } from './history';
import { A, I, S } from './messages';
import { Shipping } from '@waybill/bench/dist/shipping';

const meta = (position: number) => JSON.stringify({ cause: { id: `m-${position}`, source: 'log', position } });
const feed = [S('o'), I('o', 0), A('o', 1)].map(({ type, data }, i) => ({
  ...{ stream: 'feed', version: i, position: i + 1, id: `m-${i + 1}`, type, data: JSON.stringify(data), meta: '{}', time: 0 },
}));
/** An item and its order's end are taken in; the end asks for the shipment. */
const rows: readonly Recorded[] = (
  [
    ['took:ItemAdded', '{"index":0,"orderId":"o","quantity":1,"sku":"sku-0"}', 2],
    ['took:OrderAccepted', '{"itemCount":1,"orderId":"o"}', 3],
    ['ShipmentRequested', '{"items":[0],"orderId":"o"}', 3],
  ] as const
).map(([type, data, cause], i) => ({
  ...{ stream: 'shipping-o', version: i, position: 4 + i, id: `r-${i}`, type, data, meta: meta(cause), time: 0 },
}));
const log = [...feed, ...rows];

function write(first: number, count: number) {
  return { stream: 'shipping-o', expected: first === 0 ? ('none' as const) : first - 1, events: rows.slice(first, first + count) };
}

function replayed(history: History): string[] {
  const found: string[] = [];
  const witness = {
    ...{ store: 'log', rows: log, sentAt: () => [], threw: () => false, deaths: () => 0 },
    rowAt: (position: number) => log.find((row) => row.position === position),
  };
  const checker = new LogChecker(new Facts([define(Shipping, new Shipping())]), witness, [], (rule, what) =>
    found.push(`${rule}: ${what}`),
  );
  history.replay(log, checker);
  return [...found, ...history.lost(log)];
}

const outcome: Outcome = {
  ...{ kind: 'applied', consumer: 'shipping', stream: 'shipping-o' },
  ...{ type: 'OrderAccepted', id: 'm-3', position: 3 },
};

describe('the history of a case', () => {
  test('hands the checker each append whole, in the order in which it became certain', () => {
    const history = new History();
    const store = history.watch('1');
    store.accepted(write(0, 1), 0);
    // Another process reads a page that ends within the second append, before its writer has an answer.
    store.durable(rows.slice(1, 2));
    history.published('2', outcome);
    store.accepted(write(1, 2), 1);
    expect(replayed(history)).toEqual([]);
  });

  test('refuses an outcome that was published before its row was certain', () => {
    const history = new History();
    history.watch('1').accepted(write(0, 1), 0);
    history.published('1', outcome);
    history.watch('1').accepted(write(1, 2), 1);
    expect(replayed(history).join()).toMatch(/^I7: worker 1 published "applied" of OrderAccepted .* durable$/);
  });

  test('refuses rows of one cause that came by two appends', () => {
    const history = new History();
    const store = history.watch('1');
    for (const version of [0, 1, 2]) store.accepted(write(version, 1), version);
    expect(replayed(history).join()).toMatch(/^I6: took:OrderAccepted at version 1 of shipping-o ends its append/);
  });

  test('refuses an ok for rows that are not in the log, and for two rows in one place', () => {
    const history = new History();
    const store = history.watch('1');
    store.accepted(write(0, 1), 0);
    store.accepted({ ...write(0, 1), events: [{ ...(rows[0] as Recorded), id: 'r-9' }] }, 0);
    store.accepted({ ...write(0, 1), stream: 'shipping-p' }, 0);
    expect(history.lost(log)).toEqual([
      'I8: r-9 was durable at shipping-o 0, where the log holds r-0',
      'I8: r-0 was durable at shipping-p 0, where the log holds undefined',
    ]);
  });
});
