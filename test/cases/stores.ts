import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from '@waybill/core';
import type { Store } from '@waybill/core';
import { startDevServer } from '@waybill/devserver';
import { eventStore } from '@waybill/eventstore-client';
import { sqlite } from '@waybill/sqlite';
import { scoped } from '@waybill/testing';

/** One log; a process connects to it. Connections end with the log. */
export interface OpenLog {
  /** Real milliseconds in which nothing may happen before time goes on: what is on a wire takes time of its own. */
  readonly quiet?: number;
  connect(): Promise<Store>;
  close(): Promise<void>;
}

export type StoreName = 'memory' | 'sqlite' | 'eventstore';

function inMemory(): OpenLog {
  const store = memoryStore({ id: 'log-1' });
  return { connect: () => Promise.resolve(store), close: () => store.close() };
}

/** One file, a connection per process. No case here is about power cuts, so commits need not wait for the disk. */
function inFile(): OpenLog {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-cases-'));
  const open: Store[] = [];
  return {
    connect: async () => {
      const store = sqlite(join(folder, 'log.db'), { durability: 'relaxed', thread: 'main' });
      open.push(store);
      return store;
    },
    close: async () => {
      for (const store of open) await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A log behind the EventStoreDB protocol, through the real client: a connection per process. A position between two rows is refused. */
function onServer(positionStep = 1): OpenLog {
  const log = memoryStore({ id: randomUUID() });
  // What projections and personal data need beside the log: one for all processes, as a database would be.
  const beside = { views: log.views!, keys: log.keys! };
  const server = startDevServer({ store: log, positionStep });
  const open: Store[] = [];
  return {
    quiet: 4,
    connect: async () => {
      const store = await eventStore((await server).url, { beside });
      open.push(store);
      return store;
    },
    close: async () => {
      for (const store of open) await store.close();
      await (await server).stop();
      await log.close();
    },
  };
}

/** A log of its own, by its names, on a server that all cases share. */
function onRealServer(url: string): () => OpenLog {
  return () => {
    const { views, keys } = memoryStore();
    const open: Store[] = [];
    const kept = (store: Store): Store => (open.push(store), store);
    const log = scoped(() => eventStore(url, { beside: { views: views!, keys: keys! } }));
    return {
      quiet: 20,
      connect: async () => kept(await (await log).second()),
      close: async () => {
        for (const store of [(await log).store, ...open]) await store.close();
      },
    };
  };
}

/** As a real server: its positions are byte offsets. */
export function withGaps(): OpenLog {
  return onServer(97);
}

const real = process.env['WAYBILL_ESDB'];

const stores: readonly (readonly [StoreName | 'a real server', () => OpenLog])[] = [
  ['memory', inMemory],
  ['sqlite', inFile],
  ['eventstore', () => onServer()],
  ...(real === undefined ? [] : [['a real server', onRealServer(real)] as const]),
];

// A bound for a hang, never a measure.
jest.setTimeout(300_000);

/** Runs the cases once per store, each case on a log of its own, which ends with the case. */
export function forEachStore(topic: string, cases: (open: () => OpenLog, name: StoreName) => void): void {
  describe.each(stores)(`${topic}, on %s`, (name, make) => {
    const logs: OpenLog[] = [];
    afterEach(async () => {
      for (const log of logs.splice(0)) await log.close();
    });
    cases(
      () => {
        const log = make();
        logs.push(log);
        return log;
      },
      name === 'a real server' ? 'eventstore' : name,
    );
  });
}
