import { canonical } from '@waybill/core';
import type { Outcome, Recorded } from '@waybill/core';
import { define } from '@waybill/core/internal';
import { Applies, Lifecycle, Saga } from 'waybill';
import { ItemAdded, OrderAccepted, OrderSubmitted } from '@waybill/sample-orders-shipping/dist/messages';
import { Facts, LogChecker } from '@waybill/testing/internal';
import { A, I, S, SHIPPING } from './messages';
import type { Fed } from './messages';
import { oneShipment } from './shipments';
import { Shipping } from '@waybill/bench/dist/shipping';

type Cell = { readonly position: number } & Fed;

/** A log written by hand: the feed first, then what an actor would have written, an append for each message that it takes in. */
class Draft {
  readonly log: Recorded[] = [];
  private readonly versions = new Map<string, number>();
  private readonly appends: Recorded[][] = [];

  feed(...messages: readonly Fed[]): Cell[] {
    return messages.map((message) => ({ ...message, position: this.row('feed', message.type, message.data, {}) }));
  }

  took(message: Cell, over: { stream?: string; data?: Record<string, unknown> } = {}): this {
    this.row(over.stream ?? 'shipping-o', `took:${message.type}`, over.data ?? message.data, { cause: causeOf(message) });
    return this;
  }

  parked(message: Cell): this {
    this.row('shipping-o', `parked:${message.type}`, message.data, { cause: causeOf(message), park: 'conflict' });
    return this;
  }

  /** In the append of the row before it, or in one of its own. */
  requests(items: readonly number[], by: Cell, isApart = false): this {
    this.row('shipping-o', 'ShipmentRequested', { orderId: 'o', items }, { cause: causeOf(by) }, isApart);
    return this;
  }

  /** The row before is no longer there. */
  forget(): this {
    const [row] = this.log.splice(-1);
    this.appends.at(-1)?.splice(this.appends.at(-1)?.indexOf(row as Recorded) ?? 0, 1);
    return this;
  }

  judge(atRest = true, shipping: typeof Shipping = Shipping): string[] {
    const { checker, found } = checkerOf(this.log, shipping);
    for (const append of this.appends) checker.durable(append);
    if (atRest) checker.atRest();
    return found;
  }

  private row(stream: string, type: string, data: object, meta: object, isApart = type !== 'ShipmentRequested'): number {
    const version = (this.versions.get(stream) ?? -1) + 1;
    this.versions.set(stream, version);
    const position = (this.log.at(-1)?.position ?? 0) + 1;
    const id = `${stream === 'feed' ? 'm' : 'r'}-${position}`;
    const row = { stream, version, position, id, type, data: canonical(data), meta: JSON.stringify(meta), time: 0 };
    this.log.push(row);
    if (isApart) this.appends.push([row]);
    else this.appends.at(-1)?.push(row);
    return position;
  }
}

function causeOf({ position }: Cell) {
  return { id: `m-${position}`, source: 'log', position };
}

function checkerOf(log: readonly Recorded[], shipping: typeof Shipping = Shipping): { checker: LogChecker; found: string[] } {
  const found: string[] = [];
  const witness = {
    ...{ store: 'log', rows: log, sentAt: () => [], threw: () => false, deaths: () => 0 },
    rowAt: (position: number) => log.find((row) => row.position === position),
  };
  const facts = new Facts([define(shipping, new shipping())]);
  return { checker: new LogChecker(facts, witness, [oneShipment], (rule, what) => found.push(`${rule}: ${what}`)), found };
}

/** S, I0, I1, A of one order are fed; the actor has written nothing yet. */
function draft(): { log: Draft; s: Cell; i0: Cell; i1: Cell; a: Cell } {
  const log = new Draft();
  const [s, i0, i1, a] = log.feed(S('o'), I('o', 0), I('o', 1), A('o', 2)) as [Cell, Cell, Cell, Cell];
  return { log, s, i0, i1, a };
}

/** Shipping whose folds trust the order in which messages come. */
@Saga('shipping', { lifecycle: Lifecycle('new', 'submitted', 'accepted', 'requested'), takes: [OrderSubmitted, ItemAdded, OrderAccepted] })
class Careless extends Shipping {
  @Applies(OrderSubmitted) override submitted(_: OrderSubmitted, s: ReturnType<Shipping['initial']>) {
    return { ...s, status: 'submitted' as const };
  }
}

describe('the checks of a log', () => {
  test('accept a right log, in order and with a late S', () => {
    const right = draft();
    right.log.took(right.s).took(right.i0).took(right.i1).took(right.a).requests([0, 1], right.a);
    expect(right.log.judge()).toEqual([]);
    const late = draft();
    const [again] = late.log.feed(S('o')) as [Cell];
    late.log.took(late.i0).took(late.i1).took(late.a).requests([0, 1], late.a).took(again);
    expect(late.log.judge()).toEqual([]);
    const unfinished = draft();
    unfinished.log.took(unfinished.s).took(unfinished.i0);
    expect(unfinished.log.judge(false)).toEqual([]);
  });

  const bad: readonly (readonly [string, RegExp, (d: ReturnType<typeof draft>) => Draft])[] = [
    [
      'I1: a second ShipmentRequested',
      /oneShipment: o is shipped twice/,
      ({ log, s, i0, i1, a }) => log.took(s).took(i0).took(i1).took(a).requests([0, 1], a).requests([0, 1], a),
    ],
    [
      'I1: none for a complete order',
      /oneShipment: o is complete and is not shipped/,
      ({ log, s, i0, i1, a }) => log.took(s).took(i0).took(i1).took(a),
    ],
    [
      'I1: one for an order that is not complete',
      /oneShipment: o is shipped, and it is not complete/,
      ({ log, s, i0, i1, a }) => log.took(s).took(i0).took(a).requests([0], a).parked(i1),
    ],
    ['I2: one message taken in twice', /I2: .* is the second row for its cause/, ({ log, s }) => log.took(s).took(s)],
    [
      'I2: two messages of one business key taken in',
      /I2: .* takes in the business key "ItemAdded number 0" a second time/,
      ({ log, i0 }) => log.took(i0).took(log.feed(I('o', 0))[0] as Cell),
    ],
    [
      'I2: a message that no row accounts for',
      /I2: ItemAdded at position 3 .* is lost/,
      ({ log, s, i0, a }) => log.took(s).took(i0).took(a),
    ],
    [
      'I2: a conflicting copy that is neither taken in nor parked',
      /I2: .*"quantity":2.* is lost/,
      ({ log, s, i0, i1, a }) => {
        log.feed(I('o', 0, { quantity: 2 }));
        return log.took(s).took(i0).took(i1).took(a).requests([0, 1], a);
      },
    ],
    ['I2: a message taken in by another order', /I2: OrderSubmitted .* is lost/, ({ log, s }) => log.took(s, { stream: 'shipping-p' })],
    [
      'I2: a message taken in with other content than was fed, then claimed for a second one',
      /I2: ItemAdded at position 5 .* is lost/,
      ({ log, s, i0, i1, a }) => {
        log.feed(I('o', 0));
        return log
          .took(s)
          .took(i0, { data: { orderId: 'o', index: 0, quantity: 9 } })
          .took(i1)
          .took(a)
          .requests([0, 1], a);
      },
    ],
    [
      'I6: a message taken in with other content than was fed',
      /I6: took:ItemAdded .* has other content than its cause/,
      ({ log, i0 }) => log.took(i0, { data: { orderId: 'o', index: 0, sku: 'sku-0', quantity: 9 } }),
    ],
    [
      'I3: a shipment without an item',
      /oneShipment: o ships the items 0, wanted are 0,1/,
      ({ log, s, i0, i1, a }) => log.took(s).took(i0).took(i1).took(a).requests([0], a),
    ],
    [
      'I3: a shipment with an item nobody sent',
      /oneShipment: o ships the items 0,1,2/,
      ({ log, s, i0, i1, a }) => log.took(s).took(i0).took(i1).took(a).requests([0, 1, 2], a),
    ],
    ['I5: causes against the order of their log', /I5: .* takes position 1 after position 2/, ({ log, s, i0 }) => log.took(i0).took(s)],
    [
      'I6: a shipment apart from the message that led to it',
      /I6: ShipmentRequested .* asks for nothing here/,
      ({ log, s, i0, i1, a }) => log.took(i0).took(i1).took(a).took(s).requests([0, 1], a),
    ],
    [
      'I6: a message without its effect, which came with a later one',
      /I6: took:OrderAccepted .* ends its append, and what the decision before it asks for is missing: ShipmentRequested/,
      ({ log, s, i0, i1, a }) => log.took(i0).took(i1).took(a).took(s).requests([0, 1], s),
    ],
    [
      'I6: a shipment in the place where it belongs, but by a second append',
      /I6: took:OrderAccepted .* ends its append/,
      ({ log, s, i0, i1, a }) => log.took(s).took(i0).took(i1).took(a).requests([0, 1], a, true),
    ],
    [
      'I6: a gap in the versions of a stream',
      /I6: took:ItemAdded at version 1 .* leaves a gap: the row before it is at version -1/,
      ({ log, s, i0 }) => log.took(s).forget().took(i0),
    ],
  ];
  test.each(bad)('refuse %s', (_, problem, write) => {
    expect(write(draft()).judge().join('\n')).toMatch(problem);
  });

  test('refuse I4: a fold that moves a status back', () => {
    const { log, s, a } = draft();
    const [again] = log.feed(S('o')) as [Cell];
    log.took(a).took(again);
    expect(s.position).toBe(1);
    expect(log.judge(false)).toEqual([]);
    expect(log.judge(false, Careless)).toEqual(['I4: took:OrderSubmitted at version 1 of shipping-o moves the status back']);
  });
});

describe('the checks of what is published and saved', () => {
  const outcome = (kind: Outcome['kind'], position: number): Outcome => ({
    ...{ kind, consumer: 'shipping', type: 'ItemAdded', id: `m-${position}`, position, stream: 'shipping-o' },
  });
  /** Two equal copies of an item are fed. */
  const copies = () => {
    const log = new Draft();
    const [first, second] = log.feed(I('o', 0), I('o', 0)) as [Cell, Cell];
    log.took(first);
    return { ...checkerOf(log.log), row: log.log[2] as Recorded, second };
  };
  const saved = (position: number, store = 'log') => ({ store, position, epoch: 0 });

  test('accept an outcome after its row, a duplicate after its first copy, and a checkpoint above both', () => {
    const { checker, found, row } = copies();
    checker.durable([row]);
    checker.ledger.published('1', outcome('applied', 1));
    checker.ledger.published('1', outcome('duplicate', 2));
    checker.ledger.saving('1', SHIPPING, saved(2));
    expect(found).toEqual([]);
  });

  test.each(['applied', 'duplicate', 'parked'] as const)('refuse I7: %s before its row is durable', (kind) => {
    const { checker, found } = copies();
    checker.ledger.published('1', outcome(kind, 1));
    expect(found.join()).toMatch(/^I7: worker 1 published .* durable$/);
  });

  test('refuse I7: applied, of a message that is parked', () => {
    const { log, i0 } = draft();
    log.parked(i0);
    const { checker, found } = checkerOf(log.log);
    checker.durable(log.log.slice(-1));
    found.length = 0;
    checker.ledger.published('1', outcome('parked', i0.position));
    expect(found).toEqual([]);
    checker.ledger.published('1', outcome('applied', i0.position));
    expect(found.join()).toMatch(/^I7: /);
  });

  test('refuse I7: a checkpoint above a message without a durable outcome, and one of another log', () => {
    const { checker, found } = copies();
    checker.ledger.saving('1', SHIPPING, saved(1));
    expect(found.join()).toMatch(/^I7: .* at 1, above ItemAdded at 1, which has no durable outcome$/);
    checker.ledger.saving('1', SHIPPING, saved(0, 'another'));
    expect(found.at(-1)).toMatch(/^I7: .* names the log another$/);
  });

  test('refuse I15: a message that two workers have applied, and counts that do not add up', () => {
    const { checker, found, row } = copies();
    checker.durable([row]);
    for (const worker of ['1', '2']) checker.ledger.published(worker, outcome('applied', 1));
    expect(found.join()).toMatch(/^I15: worker 2 published "applied" .*, which was published as "applied" before$/);
    const counts = { ...{ applied: 1, duplicate: 0, late: 0, discarded: 0, conflict: 0, parked: 0 }, received: 2, waiting: 0 };
    checker.ledger.account('1', counts, { applied: 1 });
    expect(found.at(-1)).toMatch(/^I15: worker 1 received 2 messages, published 1 outcomes/);
    checker.ledger.account('1', { ...counts, received: 1 }, {});
    expect(found.at(-1)).toBe('I15: worker 1 counts 1 applied, it published 0');
  });
});
