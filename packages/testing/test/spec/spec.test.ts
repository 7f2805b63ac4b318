import { Actor, Aggregate, Applies, Command, conflict, discard, Event, Handles, IndexSet, Lifecycle, Rejected, Saga } from '@waybill/core';
import type { Meta, StatusOf } from '@waybill/core';
import { refuseOpenSpecs, spec } from '@waybill/testing';

class OrderSubmitted extends Event('OrderSubmitted')<{ orderId: string; customerId: string }> {}
class ItemAdded extends Event('ItemAdded')<{ orderId: string; index: number; sku: string }> {}
class OrderAccepted extends Event('OrderAccepted')<{ orderId: string; itemCount: number }> {}
class ShipmentRequested extends Event('ShipmentRequested')<{ orderId: string; items: number[] }> {}

const lifecycle = Lifecycle('new', 'submitted', 'accepted', 'requested');
type Shipment = { status: StatusOf<typeof lifecycle>; items: IndexSet; expected?: number };
type In = OrderSubmitted | ItemAdded | OrderAccepted;

@Saga('shipping', { lifecycle })
class Shipping extends Actor<Shipment, In, ShipmentRequested> {
  initial(): Shipment {
    return { status: 'new', items: IndexSet.empty };
  }
  key(e: In) {
    return e.orderId === 'nobody' ? undefined : e.orderId;
  }
  @Handles(OrderSubmitted, { once: true })
  onSubmitted(e: OrderSubmitted) {
    return e.customerId === '' ? discard('no customer') : [];
  }
  @Handles(ItemAdded, { once: 'index', before: 'requested' })
  onItem(e: ItemAdded, s: Shipment) {
    if (e.sku === 'broken') throw new Error('the catalogue is broken');
    if (s.expected !== undefined && e.index >= s.expected) return conflict(`the order has ${s.expected} items`);
    return this.complete(e.orderId, this.item(e, s));
  }
  @Handles(OrderAccepted, { once: true })
  onAccepted(e: OrderAccepted, s: Shipment) {
    return this.complete(e.orderId, this.accepted(e, s));
  }
  @Applies(OrderSubmitted) submitted(_: OrderSubmitted, s: Shipment): Shipment {
    return { ...s, status: lifecycle.forward(s.status, 'submitted') };
  }
  @Applies(ItemAdded) item(e: ItemAdded, s: Shipment): Shipment {
    return { ...s, items: s.items.add(e.index) };
  }
  @Applies(OrderAccepted) accepted(e: OrderAccepted, s: Shipment): Shipment {
    return { ...s, expected: e.itemCount, status: lifecycle.forward(s.status, 'accepted') };
  }
  @Applies(ShipmentRequested) requested(_: ShipmentRequested, s: Shipment): Shipment {
    return { ...s, status: 'requested' };
  }
  private complete(orderId: string, s: Shipment) {
    if (s.expected === undefined || !s.items.covers(s.expected)) return [];
    return new ShipmentRequested({ orderId, items: [...s.items] });
  }
}

const orderId = 'o-1';
const submitted = new OrderSubmitted({ orderId, customerId: 'c-1' });
const item = (index: number, sku = 'pen') => new ItemAdded({ orderId, index, sku });
const accepted = (itemCount: number) => new OrderAccepted({ orderId, itemCount });
const requested = (...items: number[]) => new ShipmentRequested({ orderId, items });

describe('spec of a saga', () => {
  test('delivers through the flow: the last message that completes the order emits one shipment', () => {
    spec(Shipping)
      .given(submitted, item(0), item(2), accepted(3))
      .when(item(1))
      .then(requested(0, 1, 2))
      .state({ status: 'requested', items: IndexSet.of(0, 1, 2), expected: 3 });
  });

  test('goes on where the last message left the actor', () => {
    spec(Shipping)
      .when(submitted)
      .thenNothing()
      .when(item(0))
      .thenNothing()
      .when(accepted(1))
      .then(requested(0))
      .when(submitted)
      .thenDuplicate();
  });

  test('compares the whole state, index sets by value, absent and undefined fields alike', () => {
    const shipment = spec(Shipping).given(item(1), item(0));
    shipment.state({ status: 'new', items: IndexSet.of(0, 1) }).state((s) => s.items.covers(2));
    expect(() => shipment.state({ status: 'new', items: IndexSet.of(0) })).toThrow(
      /SPEC_STATE.*\n {2}- .*IndexSet\(0\).*\n {2}\+ .*IndexSet\(0-1\)/,
    );
    expect(() => shipment.state((s) => s.status === 'accepted')).toThrow(/SPEC_STATE.*IndexSet\(0-1\)/);
    expect(() => shipment.state((() => undefined) as never)).toThrow('SPEC_STATE');
  });

  test('tells a duplicate, a conflict, a late fact, a discard, a failure, what is behind it, and what is for nobody', () => {
    const shipped = spec(Shipping).given(submitted, item(0), accepted(1));
    shipped.when(item(0)).thenDuplicate();
    shipped.when(item(0, 'ink')).thenConflict();
    shipped
      .when(item(7))
      .thenParked('late')
      .state((s) => s.items.size === 1);
    spec(Shipping).given(accepted(1)).when(item(1)).thenConflict('the order has 1 items');
    spec(Shipping)
      .when(new OrderSubmitted({ orderId, customerId: '' }))
      .thenDiscarded('no customer')
      .state({ status: 'new', items: IndexSet.empty });
    spec(Shipping).when(item(0, 'broken')).thenParked('failed').when(item(1)).thenParked('behind');
    spec(Shipping)
      .when(item(undefined as never))
      .thenParked('invalid');
    spec(Shipping)
      .when(new ItemAdded({ orderId: '', index: 0, sku: 'pen' }))
      .thenParked('invalid');
    spec(Shipping)
      .when(new OrderAccepted({ orderId: 'nobody', itemCount: 1 }))
      .thenIgnored();
  });

  test('says what was expected and what came', () => {
    const arranged = spec(Shipping).given(item(0));
    expect(() => arranged.when(accepted(1)).then(requested(0, 1))).toThrow(
      /SPEC_EVENTS: OrderAccepted made "shipping" emit other events.*\n {2}- .*\[0, 1\].*\n {2}\+ .*\[0\]/,
    );
    expect(() => arranged.when(accepted(1)).thenNothing()).toThrow('SPEC_EVENTS');
    expect(() => arranged.when(item(0)).thenNothing()).toThrow(/SPEC_OUTCOME: expected ItemAdded to be applied.*duplicate/);
    expect(() => arranged.when(item(0, 'ink')).then(requested(0))).toThrow(/SPEC_OUTCOME.*conflict: another ItemAdded with index 0/);
    expect(() => arranged.when(item(1)).thenDiscarded()).toThrow(/SPEC_OUTCOME.*applied, nothing emitted/);
    expect(() => arranged.when(item(1, 'broken')).thenNothing()).toThrow(/SPEC_OUTCOME.*parked \(failed\): the catalogue is broken/);
    expect(() => arranged.when(item(1, 'broken')).thenParked('late')).toThrow(/to be parked \(late\)/);
    expect(() => arranged.when(new OrderSubmitted({ orderId, customerId: '' })).thenDiscarded('other')).toThrow(
      /discarded: "other".*no customer/,
    );
  });

  test('given takes only what the actor takes in, and drops duplicates', () => {
    spec(Shipping).given(item(0), item(0), submitted, submitted).when(accepted(1)).then(requested(0));
    expect(() => spec(Shipping).given(accepted(1), item(1))).toThrow(/SPEC_GIVEN_NOT_TAKEN.*conflict/);
    expect(() => spec(Shipping).given(requested(0) as never)).toThrow(/SPEC_NOT_TAKEN.*ShipmentRequested/);
    expect(() => spec(Shipping).given({ type: 'ItemAdded', orderId, index: 0 } as never)).toThrow('SPEC_NOT_TAKEN');
  });

  test('what was arranged can be shared: no step changes another', () => {
    const arranged = spec(Shipping).given(submitted, item(0));
    arranged.when(accepted(1)).then(requested(0));
    arranged.when(accepted(2)).thenNothing();
    arranged.state({ status: 'submitted', items: IndexSet.of(0) });
  });

  test('is about one actor', () => {
    expect(() => spec(Shipping).given(submitted, new ItemAdded({ orderId: 'o-2', index: 0, sku: 'pen' }))).toThrow(
      /SPEC_OTHER_ACTOR.*o-1.*o-2/,
    );
  });

  test('takes 1,000 messages in a moment', () => {
    const many = Array.from({ length: 1_000 }, (_, i) => item(999 - i));
    spec(Shipping)
      .given(...many)
      .when(accepted(1_000))
      .then(requested(...many.keys()));
  });
});

class Open extends Command('Open')<{ account: string; limit: number }> {}
class Draw extends Command('Draw')<{ account: string; amount: number }> {}
class Opened extends Event('Opened')<{ account: string; at: number; by: string }> {}
class Drawn extends Event('Drawn')<{ account: string; amount: number }> {}
interface Rates {
  fee(amount: number): number;
}

@Aggregate('accounts')
class Accounts extends Actor<{ balance: number }, Open | Draw, Opened | Drawn> {
  constructor(private readonly rates: Rates) {
    super();
  }
  initial() {
    return { balance: 0 };
  }
  key(c: Open | Draw) {
    return c.account;
  }
  @Handles(Open) open({ account }: Open, _: { balance: number }, meta: Meta) {
    return new Opened({ account, at: meta.time, by: meta.id });
  }
  @Handles(Draw) draw({ account, amount }: Draw, s: { balance: number }) {
    if (amount < 0) throw new TypeError('a bug');
    if (s.balance < amount) throw new Rejected('not enough');
    return [new Drawn({ account, amount }), new Drawn({ account, amount: this.rates.fee(amount) })];
  }
  @Applies(Opened) opened(): { balance: number } {
    return { balance: 100 };
  }
  @Applies(Drawn) drawn(e: Drawn, s: { balance: number }): { balance: number } {
    return { balance: s.balance - e.amount };
  }
}

describe('spec of an aggregate', () => {
  const account = 'a-1';
  const accounts = spec(Accounts, () => new Accounts({ fee: () => 1 })).given(new Open({ account, limit: 5 }));

  test('runs commands with what the actor is built from; meta is the same on every machine', () => {
    accounts
      .when(new Draw({ account, amount: 10 }))
      .then(new Drawn({ account, amount: 10 }), new Drawn({ account, amount: 1 }))
      .state({ balance: 89 });
    spec(Accounts, () => new Accounts({ fee: () => 1 }))
      .when(new Open({ account, limit: 5 }), { id: 'request-1', time: 1_700_000_000_000 })
      .then(new Opened({ account, at: 1_700_000_000_000, by: 'request-1' }));
  });

  test('tells a refusal, and gives it again to the same id', () => {
    accounts
      .when(new Draw({ account, amount: 101 }), { id: 'r-1' })
      .thenRejected('not enough')
      .when(new Draw({ account, amount: 101 }), { id: 'r-1' })
      .thenDuplicate();
  });

  test('the same id for another command is a conflict', () => {
    accounts
      .when(new Draw({ account, amount: 1 }), { id: 'r-1' })
      .then(new Drawn({ account, amount: 1 }), new Drawn({ account, amount: 1 }))
      .when(new Draw({ account, amount: 2 }), { id: 'r-1' })
      .thenConflict();
  });

  test('a command without a key is refused, as by App.send', () => {
    expect(() => accounts.when(new Draw({ account: '', amount: 1 }))).toThrow('KEY_INVALID');
  });

  test('a command whose method fails has no outcome: the error reaches the caller', () => {
    expect(() => accounts.when(new Draw({ account, amount: -1 }))).toThrow(new TypeError('a bug'));
  });
});

describe('a spec that asserts nothing', () => {
  test('refuses to be awaited: it is no promise', async () => {
    const awaited = async () => void (await (spec(Shipping).when(submitted) as unknown as Promise<void>));
    await expect(awaited()).rejects.toThrow('SPEC_AWAITED');
    expect(() => refuseOpenSpecs()).not.toThrow();
  });

  test('refuses an empty then, a class in place of an event, and what is no event', () => {
    const when = () => spec(Shipping).given(item(0)).when(accepted(1));
    expect(() => (when() as unknown as { then(): void }).then()).toThrow('SPEC_THEN_EMPTY');
    expect(() => when().then(ShipmentRequested as never)).toThrow('SPEC_THEN_NOT_EVENT');
    expect(() => when().then({ orderId, items: [0] } as never)).toThrow('SPEC_THEN_NOT_EVENT');
  });

  test('fails after the test', () => {
    spec(Shipping).when(submitted);
    expect(() => refuseOpenSpecs()).toThrow('SPEC_WITHOUT_ASSERTION: 1 spec(…).when(…)');
    expect(() => refuseOpenSpecs()).not.toThrow();
  });
});
