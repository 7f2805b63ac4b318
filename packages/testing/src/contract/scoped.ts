import { createHash, randomUUID } from 'node:crypto';
import type { Recorded, Store, Written } from '@waybill/core';
import { checkName } from '@waybill/core/store-kit';
import type { Checkpoint, CheckpointAt, Page, Query } from '@waybill/core/store-kit';
import type { StoreUnderTest } from './bench';

/**
 * A part of a log that begins now and has names of its own, as if it were a whole log: each contract case gets an empty one
 * although there is only one server. Positions count from where the log was.
 */
export async function scoped(open: () => Promise<Store>): Promise<StoreUnderTest & { readonly second: () => Promise<Store> }> {
  const names = new Names();
  const first = await open();
  const base = await first.head();
  const again = async () => scopedStore(await open(), names, base);
  return { store: scopedStore(first, names, base), reopen: again, second: again, cleanup: async () => undefined };
}

class Names {
  private readonly prefix = `${randomUUID().slice(0, 8)}:`;
  private readonly given = new Map<string, string>();

  /** A bad name stays as it is, so that it is refused; one that would become too long is replaced by a digest. */
  to(name: string): string {
    try {
      checkName('name', name);
      checkName('name', this.prefix + name);
    } catch {
      if (typeof name !== 'string' || Buffer.byteLength(name) > 512 || name === '' || /[\0\p{Surrogate}]/u.test(name)) return name;
      const short = this.prefix + createHash('sha256').update(name).digest('hex');
      this.given.set(short, name);
      return short;
    }
    return this.prefix + name;
  }

  /** Undefined for a name outside this part. */
  from(name: string): string | undefined {
    return name.startsWith(this.prefix) ? (this.given.get(name) ?? name.slice(this.prefix.length)) : undefined;
  }
}

function scopedStore(store: Store, names: Names, base: number): Store {
  const down = (position: number): number => Math.max(0, position - base);
  const up = (position: number): number => position + base;
  const rowOf = (row: Recorded): Recorded[] => {
    const stream = names.from(row.stream);
    return stream === undefined ? [] : [{ ...row, stream, position: down(row.position) }];
  };
  const writtenOf = (one: Written): Written => (one.ok ? { ...one, position: down(one.position) } : one);
  async function* pages(query: Query, signal: AbortSignal): AsyncGenerator<Page> {
    for await (const page of store.subscribe({ ...query, after: up(query.after) }, signal)) {
      yield { events: page.events.flatMap(rowOf), position: down(page.position), caughtUp: page.caughtUp };
    }
  }
  return {
    id: store.id,
    ...(store.maxWrite !== undefined && { maxWrite: store.maxWrite }),
    ...(store.views && { views: store.views }),
    ...(store.keys && { keys: store.keys }),
    append: async (writes) => (await store.append(writes.map((one) => ({ ...one, stream: names.to(one.stream) })))).map(writtenOf),
    read: async (stream, from, limit) => (await store.read(names.to(stream), from, limit)).flatMap(rowOf),
    rowAt: async (position) => {
      const row = await store.rowAt(up(position));
      return row && rowOf(row)[0];
    },
    truncate: (stream, before) => store.truncate(names.to(stream), before),
    subscribe: pages,
    head: async () => down(await store.head()),
    checkpoint: (consumer) => checkpointOf(store.checkpoint(names.to(consumer)), down, up),
    snapshot: (stream) => store.snapshot(names.to(stream)),
    close: () => store.close(),
  };
}

function checkpointOf(checkpoint: Checkpoint, down: (position: number) => number, up: (position: number) => number): Checkpoint {
  const moved = (at: CheckpointAt): CheckpointAt => ({ ...at, position: down(at.position) });
  return {
    load: async () => moved(await checkpoint.load()),
    save: (at) => checkpoint.save({ ...at, position: up(at.position) }),
    rewind: async (position) => moved(await checkpoint.rewind(up(position))),
  };
}
