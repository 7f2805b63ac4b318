// The classes of the soak: the sample's, and one that closes, in plain JavaScript.
const { Actor, Applies, close, Container, Event, Handles, Saga } = require('waybill');
const sample = '../../samples/orders-shipping/dist';
const { MailOnShipment, Mailer } = require(`${sample}/mail-on-shipment`);
const { OrderAccepted } = require(`${sample}/messages`);
const { OpenOrders } = require(`${sample}/open-orders`);
const { Orders } = require(`${sample}/orders`);
const { Shipping } = require(`${sample}/shipping`);

class ReceiptIssued extends Event('ReceiptIssued') {}

/** One receipt per order; then its actor closes, and later copies of the acceptance meet a closed one. */
class Receipts extends Actor {
  initial() {
    return { status: 'new' };
  }
  key({ orderId }) {
    return orderId;
  }
  onAccepted({ orderId, itemCount }) {
    return [new ReceiptIssued({ orderId, itemCount }), close()];
  }
  issued() {
    return { status: 'issued' };
  }
}
const on = (decorate, method) => decorate(Receipts.prototype, method, Object.getOwnPropertyDescriptor(Receipts.prototype, method));
on(Handles(OrderAccepted, { once: true }), 'onAccepted');
on(Applies(ReceiptIssued), 'issued');
Saga('receipts', {})(Receipts);

const use = [Orders, OpenOrders, MailOnShipment, Receipts, Shipping];

function containerWith(send) {
  const container = new Container();
  container.bind(Mailer).toConstantValue({ send });
  return container;
}

module.exports = { Orders, use, containerWith };
