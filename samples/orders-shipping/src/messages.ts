import * as v from 'valibot';
import { Command, Event } from 'waybill';

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(128));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export class OrderSubmitted extends Event('OrderSubmitted', { schema: v.object({ orderId: text, customerId: text }) }) {}
export class ItemAdded extends Event('ItemAdded', { schema: v.object({ orderId: text, index: count, sku: text, quantity: count }) }) {}
/** `itemCount` tells an order with a gap at the end from a complete one. */
export class OrderAccepted extends Event('OrderAccepted', { schema: v.object({ orderId: text, itemCount: count }) }) {}
/** What Shipping says to itself when an order has not become complete in time. */
export class ShipmentOverdue extends Event('ShipmentOverdue')<{ orderId: string }> {}

export class ShipmentRequested extends Event('ShipmentRequested')<{ orderId: string; items: number[] }> {}
export class OrderIncomplete extends Event('OrderIncomplete')<{ orderId: string; missing: number[] }> {}
export class ItemCameTooLate extends Event('ItemCameTooLate')<{ orderId: string; index: number }> {}

export class SubmitOrder extends Command('SubmitOrder', { schema: v.object({ orderId: text, customerId: text }) }) {}
export class AddItem extends Command('AddItem', { schema: v.object({ orderId: text, sku: text, quantity: count }) }) {}
export class AcceptOrder extends Command('AcceptOrder', { schema: v.object({ orderId: text }) }) {}
