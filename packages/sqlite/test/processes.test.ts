import { join } from 'node:path';
import type { Page } from '@waybill/core/store-kit';
import { sqlite } from '@waybill/sqlite';
import { child, idsOf, inFolder } from './kit';

test('rows of another process are shown one by one to a subscriber that waits for each', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const store = sqlite(file);
    const stop = new AbortController();
    const shown: string[] = [];
    const other = child('onDemand', file);
    await other.lines.next();
    for await (const page of store.subscribe({ after: 0 }, stop.signal) as AsyncIterable<Page>) {
      shown.push(...page.events.map(({ id }) => id));
      if (shown.length === 5) stop.abort();
      else if (page.caughtUp) other.tell(`row-${shown.length}`);
    }
    expect(shown).toEqual(['row-0', 'row-1', 'row-2', 'row-3', 'row-4']);
    other.kill();
    await store.close();
  }));

test('three processes that write one stream queue on the lock: each version has one winner, nobody loses a row', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const others = [child('race', file), child('race', file), child('race', file)];
    for (const { ended } of others) expect(await ended).toBe(0);
    const store = sqlite(file);
    const rows = await store.read('race');
    expect(rows.map(({ version }) => version)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    await store.close();
  }));

test('a writer that is killed while it appends keeps every append that was acknowledged, and no half of another', () =>
  inFolder(async (folder) => {
    for (const enough of [1, 7, 40]) {
      const file = join(folder, `${enough}.db`);
      const writer = child('forever', file);
      const acknowledged: string[] = [];
      for await (const line of writer.lines) {
        acknowledged.push(...line.split(' '));
        if (acknowledged.length >= enough * 3) writer.kill();
      }
      expect(await writer.ended).toBe('SIGKILL');
      const store = sqlite(file);
      const there = await idsOf(store, 'forever');
      expect(there.slice(0, acknowledged.length)).toEqual(acknowledged);
      expect(there.length % 3).toBe(0);
      await store.close();
    }
  }));

test('a process whose subscription waits and that has nothing else to do ends by itself', () =>
  inFolder(async (folder) => {
    const idle = child('idle', join(folder, 'log.db'));
    expect((await idle.lines.next()).value).toBe('idle');
    expect(await idle.ended).toBe(0);
  }));
