import { Refusal } from 'waybill';
import type { Invariant, Simulation } from '@waybill/testing';
import { Declined, Ordered, Purchases, Reserve, Reserved, Stock } from '../cases/refusal-actors';

const OF_A_CALLER = 'o-0';
const orders = ['o-1', 'o-2', 'o-3'];

/** A saga hears once what became of each command that it sent; of those of a caller it hears nothing. */
export const toldOnce: Invariant = (log) => {
  const refusals = log.events(Refusal(Reserve)).map(({ orderId }) => orderId);
  const ends = [...refusals, ...log.events(Reserved).map(({ orderId }) => orderId)];
  if (refusals.includes(OF_A_CALLER)) return 'a refusal is told of a command that a caller sent';
  const twice = ends.find((order, i) => ends.indexOf(order) < i);
  if (twice !== undefined) return `what became of the command of ${twice} is told twice`;
  const waiting = log.atRest && orders.find((order) => !ends.includes(order));
  if (waiting) return `nobody tells what became of the command of ${waiting}`;
  const declined = log.events(Declined).map(({ orderId }) => orderId);
  if (declined.some((order, i) => !refusals.includes(order) || declined.indexOf(order) < i)) return `declined are ${declined.join()}`;
  return log.atRest && declined.length < refusals.length ? 'a refusal is not heard' : undefined;
};

/** More is asked for than there is, by a saga and by a caller. */
export const refusals: Simulation = {
  use: [Purchases, Stock],
  messages: [
    ...orders.map((orderId, i) => new Ordered({ orderId, sku: 'pear', quantity: 1 + (i % 2) })),
    new Reserve({ orderId: OF_A_CALLER, sku: 'pear', quantity: 9 }),
  ],
  workers: 2,
  invariant: toldOnce,
};
