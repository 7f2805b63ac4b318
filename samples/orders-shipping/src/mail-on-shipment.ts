import { Handler, inject, On } from 'waybill';
import type { Meta } from 'waybill';
import { ShipmentRequested } from './messages';

/** Sends a mail, however that is done. `key` is stable: a receiver that remembers it sends each mail once. */
export interface Mailer {
  send(mail: { key: string; text: string }): Promise<void>;
}
export const Mailer = Symbol('Mailer');

/** At least once: a crash between the mail and the checkpoint sends it again, with the same key. */
@Handler('mail-on-shipment', { delivery: 'at-least-once' })
export class MailOnShipment {
  constructor(@inject(Mailer) private readonly mailer: Mailer) {}

  @On(ShipmentRequested)
  async shipped({ orderId, items }: ShipmentRequested, { id }: Meta) {
    await this.mailer.send({ key: id, text: `Your order ${orderId} with ${items.length} items is on its way.` });
  }
}
