// The classes of the sample, and its check of a log, as they were built.
const sample = '../../samples/orders-shipping/dist';
const { MailOnShipment, Mailer } = require(`${sample}/mail-on-shipment`);
const messages = require(`${sample}/messages`);
const { OpenOrders } = require(`${sample}/open-orders`);
const { Orders } = require(`${sample}/orders`);
const { Shipping } = require(`${sample}/shipping`);
const { verify } = require(`${sample}/demo/verify`);

module.exports = { classes: { Orders, OpenOrders, MailOnShipment, Shipping }, Mailer, messages, verify };
