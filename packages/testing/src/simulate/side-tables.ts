import type { Keys, Views } from '@waybill/core';
import { checkName } from '@waybill/core/store-kit';
import type { Snapshot } from '@waybill/core/store-kit';
import type { World } from './world';

/** Makes a call of a worker to its store, which may fail, be slow, or never be answered. */
export type Call = <T>(what: () => string, effect: () => T | Promise<T>) => Promise<T>;

export function snapshotOf(call: Call, world: World, stream: string): Snapshot {
  const { disk } = world;
  return {
    load: () =>
      call(
        () => `loads the snapshot of ${stream}`,
        () => disk.sideTables.snapshot(stream).load(),
      ),
    save: (at) =>
      call(
        () => `saves the snapshot of ${stream} at ${at.version}`,
        () => disk.kept(() => disk.sideTables.snapshot(stream).save(at)),
      ),
  };
}

/** Those of the log's store, or of the node's own. */
export function viewsOf(call: Call, world: World, node: string, onWrite: () => void): Views {
  const { disk } = world;
  const apart = world.simulation.apart === true;
  const views = (): Views => (apart ? disk.viewsOf(node) : (disk.sideTables.views as Views));
  const kept = <T>(make: () => T): T => (apart ? make() : disk.kept(make));
  return {
    ...(apart && { apart }),
    load: (view, keys) =>
      call(
        () => `reads ${view}`,
        () => views().load(view, keys),
      ),
    all: (view, page) =>
      call(
        () => `reads ${view}`,
        () => views().all(view, page),
      ),
    drop: (view) =>
      call(
        () => `drops ${view}`,
        () => kept(() => views().drop(view)),
      ),
    write: (view, writes) => {
      checkName('view', view);
      // The checkpoint stands among the rows of a view that is apart.
      if (!apart) onWrite();
      return call(
        () => `writes ${writes.length} rows of ${view}`,
        () =>
          kept(async () => {
            const held = await views().write(view, writes);
            writes.forEach(({ key, position }, i) => held[i] && world.checker.traces.reached(view, key, position));
            return held;
          }),
      );
    },
  };
}

export function keysOf(call: Call, world: World): Keys {
  const { disk } = world;
  const keys = (): Keys => disk.sideTables.keys as Keys;
  return {
    load: (subjects) =>
      call(
        () => 'reads keys',
        () => keys().load(subjects),
      ),
    keep: (subject, secret) =>
      call(
        () => 'keeps a key',
        () => disk.kept(() => keys().keep(subject, secret)),
      ),
    forget: (subject) =>
      call(
        () => 'forgets a key',
        () => disk.kept(() => keys().forget(subject)),
      ),
  };
}
