import { anyPersonal, classEntry, define, load } from '@waybill/core';
import type { ActorDefinition } from '@waybill/core';
import { personalStore } from 'waybill';
import type { Runtime, Store, UseClass } from 'waybill';

/** All that these tests need from the inside of core; the rest of them uses what an application uses. */

/** `store` with personal fields in clear, where classes with such fields are declared. */
export function clear(store: Store, runtime: Runtime): Store {
  return anyPersonal() ? personalStore(store, { runtime }) : store;
}

export const nameOf = (target: UseClass): string => classEntry(target).name;

export function sagasOf(use: readonly UseClass[]): string[] {
  return use.flatMap((target) => (classEntry(target).kind === 'saga' ? [nameOf(target)] : []));
}

export function projectionsOf(use: readonly UseClass[]): UseClass[] {
  return use.filter((target) => classEntry(target).kind === 'projection');
}

/** Names of the handlers that call again when their checkpoint goes back, as they promise. */
export function callsAgain(use: readonly UseClass[]): string[] {
  return use.flatMap((target) => (classEntry(target).delivery === 'at-least-once' ? [nameOf(target)] : []));
}

/** The state of each actor in these streams, as JSON. */
export async function statesOf(
  store: Store,
  runtime: Runtime,
  use: readonly UseClass[],
  streams: Iterable<string>,
): Promise<Record<string, unknown>> {
  const states: Record<string, unknown> = {};
  const all = [...new Set(streams)].sort();
  for (const target of use) {
    const { kind, name } = classEntry(target);
    if (kind !== 'saga' && kind !== 'aggregate') continue;
    const definition = define(target, new (target as unknown as new () => object)()) as ActorDefinition;
    for (const stream of all.filter((one) => one.startsWith(`${name}-`))) {
      const { state } = await load(clear(store, runtime), definition, stream, runtime);
      states[stream] = JSON.parse(JSON.stringify(state)) as unknown;
    }
  }
  return states;
}
