import { checkName, UNKNOWN_OUTCOME, WaybillError } from '@waybill/core';
import type { Keys, Snapshot, Views } from '@waybill/core';
import type { World } from './world';

/** A call of a worker to its store, which may fail, be late, or never be answered. */
export type Calling = <T>(what: () => string, effect: () => T | Promise<T>) => Promise<T>;

export function snapshotOf(call: Calling, world: World, stream: string): Snapshot {
  const inner = world.disk.beside.snapshot(stream);
  return {
    load: () =>
      call(
        () => `loads the snapshot of ${stream}`,
        () => inner.load(),
      ),
    save: (at) =>
      call(
        () => `saves the snapshot of ${stream} at ${at.version}`,
        () => inner.save(at),
      ),
  };
}

export function viewsOf(call: Calling, world: World, wrote: () => void): Views {
  const inner = world.disk.beside.views as Views;
  return {
    load: (view, keys) =>
      call(
        () => `reads ${view}`,
        () => inner.load(view, keys),
      ),
    all: (view, page) =>
      call(
        () => `reads ${view}`,
        () => inner.all(view, page),
      ),
    drop: (view) =>
      call(
        () => `drops ${view}`,
        () => inner.drop(view),
      ),
    write: (view, writes) => {
      checkName('view', view);
      wrote();
      return call(
        () => `writes ${writes.length} rows of ${view}`,
        async () => {
          const held = await inner.write(view, writes);
          writes.forEach(({ key, position }, i) => held[i] && world.traces.views.set(`${view}-${key}`, position));
          return held;
        },
      );
    },
  };
}

export function keysOf(call: Calling, world: World): Keys {
  const inner = world.disk.beside.keys as Keys;
  return {
    load: (subjects) =>
      call(
        () => 'reads keys',
        () => inner.load(subjects),
      ),
    keep: (subject, secret) =>
      call(
        () => 'keeps a key',
        () => inner.keep(subject, secret),
      ),
    forget: (subject) =>
      call(
        () => 'forgets a key',
        () => inner.forget(subject),
      ),
  };
}

export function refused(): WaybillError {
  return new WaybillError('STORE_BUSY', 'the simulated store refuses this call', 'try again');
}

export function unknown(): WaybillError {
  return new WaybillError(UNKNOWN_OUTCOME, 'the simulated store gives no answer', 'append the identical writes again');
}
