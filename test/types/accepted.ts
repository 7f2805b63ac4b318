// What must compile: shapes that people write, and that a stricter type would refuse by accident.
import {
  Actor,
  Aggregate,
  Applies,
  Command,
  conflict,
  discard,
  Event,
  Handles,
  IndexSet,
  inject,
  Lifecycle,
  Rejected,
  Saga,
} from 'waybill';
import type { AnyEvent, Decision, Meta, StatusOf } from 'waybill';
import { ItemAdded, OrderAccepted, OrderSubmitted, ShipmentRequested, ShippingBase, SubmitOrder } from './house';
import type { In, Shipment } from './house';

const orderId = 'o-1';

// Messages
export class Ping extends Event('Ping') {}
export class Optional extends Event('Optional')<{
  note?: string;
  tags?: readonly string[];
  nested?: { deep: { list: number[] } | null };
}> {}
/** The data of a class has statically known fields, so a union stands in a field. */
export class Union extends Event('Union')<{ either: { kind: 'a'; a: number } | { kind: 'b'; b: string } }> {}
export class Total extends Event('Total')<{ orderId: string; net: number }> {
  get gross(): number {
    return this.net * 1.2;
  }
}
export class Versioned extends Event('Versioned', { version: 3, upcast: { 1: (d) => ({ ...d, a: 1 }), 2: (d) => ({ ...d, b: 2 }) } })<{
  a: number;
  b: number;
}> {}
export const made = [
  new Ping(),
  new Ping({}),
  new Optional(),
  new Optional({ note: 'x', nested: { deep: { list: [1] } } }),
  new Total({ orderId, net: 1 }).gross,
];
export const narrowed = ({ either }: Union): number => (either.kind === 'a' ? either.a : either.b.length);

// Decisions: unions, helpers, `as const`, nothing at all
@Saga('decides')
export class Decides extends ShippingBase {
  @Handles(OrderSubmitted, { once: true }) one() {
    return new ShipmentRequested({ orderId, items: [] });
  }
  @Handles(ItemAdded, { once: ['index', 'sku'] }) several(e: ItemAdded, s: Shipment, meta: Meta) {
    if (e.index === 0) return discard('first');
    if (e.index === 1) return conflict(meta.id);
    if (s.items.size > 1) return [new ShipmentRequested({ orderId, items: [] })] as const;
    return this.none();
  }
  @Handles(OrderAccepted, { once: (e) => `${e.orderId}/${e.itemCount}` }) annotated(e: OrderAccepted): Decision<ShipmentRequested> {
    return e.itemCount > 0 ? ship(e) : [];
  }
  private none(): readonly never[] {
    return [];
  }
}
function ship({ orderId: id }: { orderId: string }): ShipmentRequested {
  return new ShipmentRequested({ orderId: id, items: [] });
}

// One method for several messages
@Saga('stacked')
export class Stacked extends ShippingBase {
  @Handles(OrderSubmitted, { once: true })
  @Handles(OrderAccepted, { once: true })
  either(e: OrderSubmitted | OrderAccepted) {
    return e.type === 'OrderSubmitted' ? [] : discard('later');
  }
  @Handles(ItemAdded)
  wide(e: In) {
    return e.orderId === '' ? discard('nobody') : [];
  }
  @Applies(OrderSubmitted)
  @Applies(OrderAccepted)
  same(_: In, s: Shipment): Shipment {
    return s;
  }
}

// Private and protected methods
@Saga('private')
export class Private extends ShippingBase {
  @Handles(OrderSubmitted, { once: true }) private onSubmitted() {
    return [];
  }
  @Applies(OrderSubmitted) protected submitted(_: OrderSubmitted, s: Shipment): Shipment {
    return s;
  }
  touch() {
    return this.onSubmitted();
  }
}

// Only events, or none: no output declared, no input declared by takes
@Saga('silent')
export class Silent extends Actor<{ count: number }, OrderSubmitted> {
  initial() {
    return { count: 0 };
  }
  key(e: OrderSubmitted): string | undefined {
    return e.customerId === '' ? undefined : e.orderId;
  }
  @Handles(OrderSubmitted) submitted() {
    return [];
  }
}

// A refusal may end a command's method, in every branch
@Aggregate('refuses')
export class Refuses extends Actor<null, SubmitOrder, OrderSubmitted> {
  constructor(@inject('limit') private readonly limit: number) {
    super();
  }
  initial() {
    return null;
  }
  key(c: SubmitOrder) {
    return c.orderId;
  }
  @Handles(SubmitOrder) submit(c: SubmitOrder) {
    if (c.customerId.length > this.limit) throw new Rejected('too long');
    return new OrderSubmitted({ orderId: c.orderId, customerId: c.customerId });
  }
}

// A generic abstract base: what a family of actors has in common
export interface HasOrder {
  readonly orderId: string;
}
export abstract class PerOrder<State, Input extends In, Output extends AnyEvent = never> extends Actor<State, Input, Output> {
  key(e: Input & HasOrder) {
    return e.orderId;
  }
}
export abstract class CountsItems<Output extends AnyEvent = never> extends PerOrder<{ items: IndexSet }, ItemAdded, Output> {
  initial() {
    return { items: IndexSet.empty };
  }
  @Handles(ItemAdded, { once: 'index' }) counted(): Decision<Output> {
    return [];
  }
  @Applies(ItemAdded) count(e: ItemAdded, s: { items: IndexSet }): { items: IndexSet } {
    return { items: s.items.add(e.index) };
  }
}
@Saga('counts')
export class Counts extends CountsItems<ShipmentRequested> {
  override counted() {
    return new ShipmentRequested({ orderId, items: [] });
  }
}

// A lifecycle in a wider state
const phases = Lifecycle('idle', 'busy', 'done');
type Job = { readonly status: StatusOf<typeof phases>; readonly log: readonly string[] };
@Saga('jobs', { lifecycle: phases })
export class Jobs extends Actor<Job, OrderSubmitted> {
  initial(): Job {
    return { status: 'idle', log: [] };
  }
  key(e: OrderSubmitted) {
    return e.orderId;
  }
  @Handles(OrderSubmitted, { once: 'customerId', before: 'done' }) run() {
    return [];
  }
}

// Factories: their types can be written into declaration files
export function perTenant(tenant: string) {
  class TenantCame extends Event('TenantCame')<{ id: string }> {}
  class TenantGo extends Command('TenantGo')<{ id: string }> {}
  @Aggregate('tenants')
  class Tenants extends Actor<{ count: number }, TenantGo, TenantCame> {
    initial() {
      return { count: 0 };
    }
    key(c: TenantGo) {
      return `${tenant}/${c.id}`;
    }
    @Handles(TenantGo) go(c: TenantGo) {
      return new TenantCame({ id: c.id });
    }
  }
  return { Tenants, TenantCame, TenantGo };
}
export const messageFactory = <const N extends string>(name: N) => Event(name);
export const commandFactory = (name: string) => class extends Command(name)<{ id: string }> {};
export class FromFactory extends messageFactory('FromFactory')<{ n: number }> {}
export const fromFactory: 'FromFactory' = new FromFactory({ n: 1 }).type;
