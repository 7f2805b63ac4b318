import type { Recorded } from '@waybill/core';
import { monotone, violations } from './invariants';
import { actorRow } from './log';
import { A, I, S, shippingFacts } from './messages';
import type { Fed } from './messages';
import { shippingFold } from './shipping-fold';

type Cell = { readonly position: number } & Fed;

/** A log written by hand: the feed first, then what an actor would have written. */
class Draft {
  readonly log: Recorded[] = [];
  private readonly versions = new Map<string, number>();

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

  requests(items: readonly number[], by: Cell): this {
    this.row('shipping-o', 'ShipmentRequested', { orderId: 'o', items }, { cause: causeOf(by) });
    return this;
  }

  judge(atRest = true): string[] {
    return violations({ log: this.log, store: 'log', facts: shippingFacts, atRest });
  }

  private row(stream: string, type: string, data: unknown, meta: object): number {
    const version = (this.versions.get(stream) ?? -1) + 1;
    this.versions.set(stream, version);
    const position = this.log.length + 1;
    this.log.push({
      stream,
      version,
      position,
      id: `r-${position}`,
      type,
      data: JSON.stringify(data),
      meta: JSON.stringify(meta),
      time: 0,
    });
    return position;
  }
}

function causeOf({ position }: Cell) {
  return { id: `m-${position}`, source: 'log', position };
}

/** S, I0, I1, A of one order are fed; the actor has written nothing yet. */
function draft(): { log: Draft; s: Cell; i0: Cell; i1: Cell; a: Cell } {
  const log = new Draft();
  const [s, i0, i1, a] = log.feed(S('o'), I('o', 0), I('o', 1), A('o', 2)) as [Cell, Cell, Cell, Cell];
  return { log, s, i0, i1, a };
}

describe('the checks of a log', () => {
  test('accept a right log, in order and with a late S', () => {
    const right = draft();
    right.log.took(right.s).took(right.i0).took(right.i1).took(right.a).requests([0, 1], right.a);
    expect(right.log.judge()).toEqual([]);
    const unfinished = draft();
    unfinished.log.took(unfinished.s).took(unfinished.i0);
    expect(unfinished.log.judge(false)).toEqual([]);
  });

  const bad: readonly (readonly [string, RegExp, (d: ReturnType<typeof draft>) => Draft])[] = [
    [
      'I1: a second ShipmentRequested',
      /2 ShipmentRequested/,
      ({ log, s, i0, i1, a }) => log.took(s).took(i0).took(i1).took(a).requests([0, 1], a).requests([0, 1], a),
    ],
    ['I1: none for a complete order', /0 ShipmentRequested, 1 is right/, ({ log, s, i0, i1, a }) => log.took(s).took(i0).took(i1).took(a)],
    [
      'I1: one for an order that is not complete',
      /1 ShipmentRequested, 0 is right/,
      ({ log, s, i0, i1, a }) => log.took(s).took(i0).took(a).requests([0], a).parked(i1),
    ],
    ['I2: one message taken in twice', /more than one row for the cause log 1/, ({ log, s }) => log.took(s).took(s)],
    [
      'I2: two messages of one business key taken in',
      /took in shipping-o ItemAdded 0 more than once/,
      ({ log, i0 }) => log.took(i0).took(log.feed(I('o', 0))[0] as Cell),
    ],
    ['I2: a message that no row speaks of', /ItemAdded at 3 .* is lost/, ({ log, s, i0, a }) => log.took(s).took(i0).took(a)],
    [
      'I2: a conflicting copy that is neither taken in nor parked',
      /quantity":2.* is lost/,
      ({ log, s, i0, i1, a }) => {
        log.feed(I('o', 0, { quantity: 2 }));
        return log.took(s).took(i0).took(i1).took(a).requests([0, 1], a);
      },
    ],
    ['I2: a message taken in by another order', /is lost/, ({ log, s }) => log.took(s, { stream: 'shipping-p' })],
    [
      'I2: a message taken in with other content than was fed, then claimed for a second one',
      /is lost/,
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
      'I3: a shipment without an item',
      /requests the items 0, taken in are 0,1/,
      ({ log, s, i0, i1, a }) => log.took(s).took(i0).took(i1).took(a).requests([0], a),
    ],
    [
      'I3: a shipment with an item nobody sent',
      /requests the items 0,1,2/,
      ({ log, s, i0, i1, a }) => log.took(s).took(i0).took(i1).took(a).requests([0, 1, 2], a),
    ],
    ['I5: causes against the order of their log', /takes position 1 after 2/, ({ log, s, i0 }) => log.took(i0).took(s)],
    [
      'I6: a shipment apart from the message that led to it',
      /stands apart/,
      ({ log, s, i0, i1, a }) => log.took(i0).took(i1).took(a).took(s).requests([0, 1], a),
    ],
    [
      'I6: a message without its effect, which came with a later one',
      /its request is missing/,
      ({ log, s, i0, i1, a }) => log.took(i0).took(i1).took(a).took(s).requests([0, 1], s),
    ],
    [
      'I6: a gap in the numbering of a stream',
      /has version 1 in place 0/,
      ({ log, s, i0 }) => {
        log.took(s).took(i0);
        log.log.splice(
          log.log.findIndex(({ stream }) => stream === 'shipping-o'),
          1,
        );
        return log;
      },
    ],
  ];
  test.each(bad)('refuse %s', (_, problem, write) => {
    expect(write(draft()).judge().join('\n')).toMatch(problem);
  });

  test('refuse I4: a fold that moves a status back', () => {
    const { log, s, a } = draft();
    log.took(a).took(s);
    const rows = log.log.flatMap((row) => actorRow(row) ?? []);
    const streams = new Map([['shipping-o', rows]]);
    const evidence = { log: log.log, store: 'log', facts: shippingFacts, atRest: false };
    const careless = {
      ...shippingFold,
      apply: (row: (typeof rows)[number], state: ReturnType<typeof shippingFold.initial>) =>
        row.type === 'OrderSubmitted' ? { ...state, status: 'submitted' as const } : shippingFold.apply(row, state),
    };
    expect(monotone()(evidence, { all: streams, orders: streams })).toEqual([]);
    expect(monotone(careless)(evidence, { all: streams, orders: streams })).toEqual([
      'shipping-o went back from accepted to submitted at version 1',
    ]);
  });
});
