import type { Keys, Views } from '@waybill/core';
import { checkName } from '@waybill/core/store-kit';
import type { Snapshot } from '@waybill/core/store-kit';
import type { World } from './world';

/** Makes a call of a worker to its store, which may fail, be slow, or never be answered. */
export type Call = <T>(what: () => string, effect: () => T | Promise<T>) => Promise<T>;

export function snapshotOf(call: Call, world: World, stream: string): Snapshot {
  const inner = world.disk.sideTables.snapshot(stream);
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

export function viewsOf(call: Call, world: World, onWrite: () => void): Views {
  const inner = world.disk.sideTables.views as Views;
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
      onWrite();
      return call(
        () => `writes ${writes.length} rows of ${view}`,
        async () => {
          const held = await inner.write(view, writes);
          writes.forEach(({ key, position }, i) => held[i] && world.checker.traces.views.set(`${view}-${key}`, position));
          return held;
        },
      );
    },
  };
}

export function keysOf(call: Call, world: World): Keys {
  const inner = world.disk.sideTables.keys as Keys;
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
