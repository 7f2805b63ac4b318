// Refused where a message is declared or made.
import { Command, Event } from 'waybill';
import type { OrderPriced } from './house';
import { ItemAdded, OrderAccepted, OrderSubmitted, SubmitOrder } from './house';

// @ts-expect-error a field is missing
new OrderSubmitted({ orderId: 'o-1' });
// @ts-expect-error a field has another type
new ItemAdded({ orderId: 'o-1', index: '0', sku: 'pen' });
// @ts-expect-error a field that the message does not have
new OrderSubmitted({ orderId: 'o-1', customerId: 'c-1', color: 'red' });
// @ts-expect-error data that the message cannot do without
new OrderSubmitted();
// @ts-expect-error the name is set by the class, not by the data
new OrderSubmitted({ orderId: 'o-1', customerId: 'c-1', type: 'ItemAdded' });
export class Typed extends Event('Typed')<{ type: string }> {}
// @ts-expect-error a field cannot be called `type`
new Typed({ type: 'x' });

const submitted = new OrderSubmitted({ orderId: 'o-1', customerId: 'c-1' });
// @ts-expect-error what has happened does not change
submitted.orderId = 'o-2';
// @ts-expect-error the name of a message does not change
submitted.type = 'ItemAdded';

// @ts-expect-error another message with the same data
export const priced: OrderPriced = new OrderAccepted({ orderId: 'o-1', itemCount: 1 });
// @ts-expect-error a command is no event, whatever its data
export const asEvent: OrderSubmitted = new SubmitOrder({ orderId: 'o-1', customerId: 'c-1' });
// @ts-expect-error a plain object with the same data is no message
export const lookAlike: OrderSubmitted = { type: 'OrderSubmitted', orderId: 'o-1', customerId: 'c-1' };

export class Dated extends Event('Dated')<{ at: Date }> {}
// @ts-expect-error a Date does not survive the log
new Dated({ at: new Date(0) });
export class Mapped extends Event('Mapped')<{ by: { sku: Map<string, number> } }> {}
// @ts-expect-error a Map does not survive the log, however deep
new Mapped({ by: { sku: new Map() } });
export class Big extends Event('Big')<{ n: bigint }> {}
// @ts-expect-error a bigint does not survive the log
new Big({ n: 1n });
export class Calls extends Event('Calls')<{ back: () => void }> {}
// @ts-expect-error a function does not survive the log
new Calls({ back: () => undefined });

// @ts-expect-error version 3 wants an upcast from 1 and from 2
export class Gap extends Event('Gap', { version: 3, upcast: { 1: (data) => data } })<{ n: number }> {}
// @ts-expect-error there is no version 2 to upcast from
export class Ahead extends Event('Ahead', { version: 2, upcast: { 1: (data) => data, 2: (data) => data } })<{ n: number }> {}
// @ts-expect-error an upcast returns data
export class Lost extends Event('Lost', { version: 2, upcast: { 1: () => undefined } })<{ n: number }> {}
// @ts-expect-error a schema is a Standard Schema
export class Plain extends Event('Plain', { schema: { n: 'number' } }) {}
// @ts-expect-error a name is a string
export class Numbered extends Command(7)<{ n: number }> {}

/** Any Standard Schema: made by hand here, by valibot or zod elsewhere. Text goes in, a number comes out. */
const schema = {
  '~standard': {
    version: 1 as const,
    vendor: 'none',
    validate: (value: unknown) => ({ value: value as { n: number } }),
    types: undefined as { readonly input: { n: string }; readonly output: { n: number } } | undefined,
  },
};
export class Checked extends Event('Checked', { schema }) {}
// @ts-expect-error the constructor takes what the schema takes
new Checked({ n: 1 });
// @ts-expect-error the message has what the schema gives
export const text: string = new Checked({ n: '1' }).n;
export const number: number = new Checked({ n: '1' }).n;

// A branded primitive goes into a message and comes out of it as it is.
type OrderNumber = string & { readonly '~brand': 'OrderNumber' };
class Branded extends Event('Branded')<{ number: OrderNumber }> {}
export const branded: OrderNumber = new Branded({ number: 'o-1' as OrderNumber }).number;
