import { WaybillError, show } from '../base/errors';

/** Ordered statuses. I4: the status of an actor never moves back in this order. */
export interface Lifecycle<S extends string = string> {
  readonly statuses: readonly S[];
  /** The later of the two, so that a late message cannot move the status back. */
  forward(from: S, to: S): S;
  /** Place in the order, from 0. @throws WaybillError `LIFECYCLE_UNKNOWN_STATUS` */
  index(status: S): number;
}
export type StatusOf<L> = L extends Lifecycle<infer S> ? S : never;

/** `Lifecycle('new', 'submitted', 'accepted')`: the first is where everything begins. */
export function Lifecycle<const S extends readonly [string, string, ...string[]]>(...statuses: S): Lifecycle<S[number]> {
  const order = new Map<string, number>(statuses.map((status, i) => [status, i]));
  if (order.size !== statuses.length) {
    throw new WaybillError('LIFECYCLE_REPEATED', `a status is named twice (${statuses.join(', ')})`, 'name each status once, in order');
  }
  const index = (status: string): number => {
    const at = order.get(status);
    if (at !== undefined) return at;
    throw new WaybillError('LIFECYCLE_UNKNOWN_STATUS', `${show(status)} is not one of ${statuses.join(', ')}`, 'use one of these');
  };
  return { statuses, index, forward: (from, to) => (index(to) > index(from) ? to : from) };
}
