import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportLog, importLog, memoryStore } from '@waybill/core';
import type { Recorded, Store } from '@waybill/core';
import { startDevServer } from '@waybill/devserver';
import { eventStore } from '@waybill/eventstore-client';
import { sqlite } from '@waybill/sqlite';
import { Shipping } from '@waybill/bench/dist/shipping';
import { audit } from 'waybill';
import { A, I, S } from './messages';
import { World } from './world';

let folder: string;
let files = 0;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'waybill-copies-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const STORES = { memory: () => memoryStore({ id: `m-${++files}` }), sqlite: () => sqlite(join(folder, `${++files}.db`)) };
const KINDS = Object.keys(STORES) as (keyof typeof STORES)[];

async function all(store: Store): Promise<Recorded[]> {
  const stop = new AbortController();
  const rows: Recorded[] = [];
  for await (const page of store.subscribe({ after: 0, everything: true }, stop.signal)) {
    rows.push(...page.events);
    if (page.caughtUp) break;
  }
  stop.abort();
  return rows;
}

async function textOf(store: Store): Promise<string> {
  let text = '';
  for await (const part of exportLog(store)) text += part;
  return text;
}

const codeOf = (action: Promise<unknown>): Promise<unknown> =>
  action.then(
    () => 'no error',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );

const event = (n: number, type = 'Noted') => ({ id: `e-${n}`, type, data: `{"n":${n}}`, meta: '{}', time: 1_700_000_000_000 + n });

/** Rows of several streams, one of them truncated, and of all else that a store keeps. */
async function filled(store: Store): Promise<void> {
  await store.append([
    { stream: 's', expected: 'none', events: [event(1, 'took:A'), event(2), event(3, 'took:A'), event(4, 'took:~closed')] },
  ]);
  await store.truncate('s', 3);
  for (let n = 5; n < 300; n++)
    await store.append([{ stream: `t-${n % 7}`, expected: n < 12 ? 'none' : Math.floor((n - 5) / 7) - 1, events: [event(n)] }]);
  await store.checkpoint('c').save({ store: store.id, position: 7, epoch: 0 });
  await store.checkpoint('d').rewind(3);
  await store.snapshot('s').save({ version: 3, data: '{"x":1}' });
  await store.views?.write('v', [
    { key: 'a', row: '{}', position: 5, expected: 0 },
    { key: 'b', row: undefined, blocked: '{"from":1}', position: 6, expected: 0 },
  ]);
  await store.keys?.keep('ada', 'c2VjcmV0');
}

for (const from of KINDS) {
  for (const to of KINDS) {
    test(`a log of ${from} becomes the same log in ${to}: id, positions, versions, checkpoints, snapshots, views; no keys`, async () => {
      const [source, target] = [STORES[from](), STORES[to]()];
      await filled(source);
      await importLog(exportLog(source), target);
      expect(target.id).toBe(source.id);
      expect(await all(target)).toEqual(await all(source));
      expect(await target.read('s')).toEqual(await source.read('s'));
      expect(await target.read('t-1')).toEqual(await source.read('t-1'));
      for (const consumer of ['c', 'd', 'e'])
        expect(await target.checkpoint(consumer).load()).toEqual(await source.checkpoint(consumer).load());
      expect(await target.snapshot('s').load()).toEqual({ version: 3, data: '{"x":1}' });
      expect(await target.views?.load('v', ['a', 'b'])).toEqual(await source.views?.load('v', ['a', 'b']));
      expect((await target.keys?.load(['ada']))?.size).toBe(0);
      // It goes on where the other one stood.
      const [written] = await target.append([{ stream: 's', expected: 3, events: [event(900)] }]);
      expect(written).toEqual({ ok: true, version: 4, position: (await source.head()) + 1 });
      expect(await target.append([{ stream: 't-1', expected: 'none', events: [event(901)] }])).toMatchObject([{ ok: false }]);
      await source.close();
      await target.close();
    });
  }
}

test('a file into which a log was imported has that id when it is opened again', async () => {
  const source = memoryStore({ id: 'the log' });
  await filled(source);
  const file = join(folder, 'into.db');
  const target = sqlite(file);
  await importLog(exportLog(source), target);
  await target.close();
  const again = sqlite(file);
  expect(again.id).toBe('the log');
  expect(await all(again)).toEqual(await all(source));
  await again.close();
});

test('nothing is taken in a second time from an imported log, also when every checkpoint begins anew', async () => {
  const source = STORES.sqlite();
  const before = await World.open({ connect: async () => source, close: async () => undefined });
  const process = await before.start({ use: [Shipping] });
  await before.feed(S('a'), I('a', 0), I('a', 1), A('a', 2));
  await process.settled();
  await process.stop();
  const target = STORES.memory();
  await importLog(exportLog(source), target);
  const rows = await all(target);
  const after = await World.open({ connect: async () => target, close: async () => undefined });
  const next = await after.start({ use: [Shipping] });
  await next.settled();
  await next.stop();
  expect(await all(target)).toEqual(rows);
  expect((await audit(target, { use: [Shipping] })).ok).toBe(true);
  await source.close();
});

test('a copy that was cut, altered or is of newer code is refused, and nothing of it is kept', async () => {
  const source = memoryStore();
  await filled(source);
  const text = await textOf(source);
  const lines = text.trimEnd().split('\n');
  const wrong: readonly (readonly [string, string])[] = [
    ['', 'COPY_DAMAGED'],
    [text.slice(0, text.length / 2), 'COPY_DAMAGED'],
    [`${lines.slice(0, -1).join('\n')}\n`, 'COPY_DAMAGED'],
    [`${lines.filter((_, i) => i !== 9).join('\n')}\n`, 'COPY_DAMAGED'],
    [`${[...lines.slice(0, 3), lines[4], lines[3], ...lines.slice(5)].join('\n')}\n`, 'COPY_DAMAGED'],
    ['{"hello":1}\n', 'COPY_DAMAGED'],
    ['hello\n', 'COPY_DAMAGED'],
    [text.replace('"format":1', '"format":9'), 'COPY_NEWER'],
  ];
  for (const kind of KINDS) {
    for (const [copy, code] of wrong) {
      const target = STORES[kind]();
      const { id } = target;
      expect(await codeOf(importLog([copy], target))).toBe(code);
      expect([target.id, await target.head(), (await target.checkpoint('c').load()).position]).toEqual([id, 0, 0]);
      await target.close();
    }
    const taken = STORES[kind]();
    await taken.append([{ stream: 'x', expected: 'none', events: [event(1)] }]);
    expect(await codeOf(importLog([text], taken))).toBe('STORE_NOT_EMPTY');
    await taken.close();
    // Cut anywhere on the way.
    const whole = STORES[kind]();
    await importLog(text.match(/[^]{1,97}/g) ?? [], whole);
    expect(await all(whole)).toEqual(await all(source));
    await whole.close();
  }
});

test('a server gives positions itself: its log is neither copied nor filled, and the error says so', async () => {
  const served = memoryStore();
  const server = await startDevServer({ store: served });
  const store = await eventStore(server.url);
  expect(await codeOf(textOf(store))).toBe('STORE_NOT_COPIED');
  expect(await codeOf(importLog([], store))).toBe('STORE_NOT_COPIED');
  await store.close();
  await server.stop();
});
