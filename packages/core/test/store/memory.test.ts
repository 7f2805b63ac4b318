import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { memoryStore, WaybillError } from '@waybill/core';
import type { NewEvent, Write } from '@waybill/core';
import { checkWrites, LIMITS } from '@waybill/core/store-kit';
import type { Page } from '@waybill/core/store-kit';

// What every store promises is in the contract that packages/testing runs on this store; here is what is its own.

const event = (over: Partial<NewEvent> = {}): NewEvent => ({
  id: 'e-1',
  type: 'Noted',
  data: '{"secret":1}',
  meta: '{}',
  time: 0,
  ...over,
});
const write = (over: Partial<Write> = {}): Write => ({ stream: 's', expected: 'none', events: [event()], ...over });

describe('memoryStore', () => {
  test('is the log that its option names, else `memory`', () => {
    expect(memoryStore({ id: 'orders' }).id).toBe('orders');
    expect(memoryStore().id).toBe('memory');
  });

  test('ends a page of large rows long before its limit of rows', async () => {
    const store = memoryStore();
    const data = JSON.stringify('x'.repeat(500_000));
    for (let i = 0; i < 10; i++) await store.append([write({ stream: `s-${i}`, events: [event({ id: `e-${i}`, data })] })]);
    const sizes: number[] = [];
    for await (const page of store.subscribe({ after: 0 }, new AbortController().signal)) {
      sizes.push(page.events.length);
      if (page.caughtUp) break;
    }
    expect(sizes).toEqual([3, 3, 3, 1]);
  });

  test('shares nothing with another one, whatever its id', async () => {
    const [one, two] = [memoryStore(), memoryStore()];
    await one.append([write()]);
    await one.checkpoint('c').rewind(1);
    expect(await two.read('s')).toEqual([]);
    expect((await two.checkpoint('c').load()).epoch).toBe(0);
  });

  test('gives out rows that no reader can change, and keeps none of the objects it was given', async () => {
    const store = memoryStore();
    const given = { ...event(), extra: 'not part of a row' };
    await store.append([write({ events: [given] })]);
    given.data = '"changed later"';
    const [row] = await store.read('s');
    expect(row).toEqual({ ...event(), stream: 's', version: 0, position: 1 });
    expect(Object.isFrozen(row)).toBe(true);
    expect(() => ((row as { data: string }).data = '"changed"')).toThrow(TypeError);
  });

  test('holds nothing of the rows that a truncation let go of: `everything` does not show them, and their memory is free', async () => {
    const store = memoryStore();
    const types = ['took:Noted', 'Noted', 'parked:Noted', 'took:Noted'];
    await store.append([write({ events: types.map((type) => event({ type })) })]);
    const rows = (await store.read('s')).map((row) => new WeakRef(row));
    await store.truncate('s', 3);
    const shown: string[] = [];
    for await (const page of store.subscribe({ after: 0, everything: true }, new AbortController().signal)) {
      shown.push(...page.events.map(({ version, type }) => `${version} ${type}`));
      if (page.caughtUp) break;
    }
    expect(shown).toEqual(['1 Noted', '3 took:Noted']);
    await new Promise(setImmediate); // until then a WeakRef keeps what it was asked for
    collectGarbage();
    expect(rows.map((row) => row.deref()?.version)).toEqual([undefined, 1, undefined, 3]);
  });

  test('needs no timer: an append wakes a subscription within microtasks', async () => {
    const store = memoryStore();
    const seen: Page[] = [];
    const stop = new AbortController();
    const consuming = (async () => {
      for await (const page of store.subscribe({ after: 0 }, stop.signal)) seen.push(page);
    })();
    await store.append([write()]);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect(seen.flatMap((page) => page.events).map((row) => row.position)).toEqual([1]);
    stop.abort();
    await consuming;
  });
});

describe('checkWrites', () => {
  test.each<[string, Partial<Write> | Partial<NewEvent>]>([
    ['WRITE_EMPTY', { events: [] }],
    ['WRITE_BAD_NAME', { stream: '' }],
    ['WRITE_BAD_NAME', { id: 'x'.repeat(LIMITS.name + 1) }],
    ['WRITE_BAD_NAME', { type: 7 as unknown as string }],
    ['WRITE_BAD_TEXT', { data: '"half a pair: \ud800, secret"' }],
    ['WRITE_BAD_TEXT', { meta: { secret: 1 } as unknown as string }],
    ['WRITE_BAD_NUMBER', { expected: -1 }],
    ['WRITE_BAD_NUMBER', { expected: 'any' as unknown as number }],
    ['WRITE_BAD_NUMBER', { time: Number.NaN }],
    ['WRITE_TOO_LARGE', { data: `"secret${'x'.repeat(LIMITS.event)}"` }],
    ['WRITE_TOO_LARGE', { events: Array.from({ length: 5 }, () => event({ data: `"secret${'x'.repeat(LIMITS.write / 5)}"` })) }],
  ])('says %s, with a fix and without the payload: %#', (code, over) => {
    const ofWrite = 'stream' in over || 'expected' in over || 'events' in over;
    const bad = ofWrite ? write(over) : write({ events: [event(over as Partial<NewEvent>)] });
    const error = caught(() => checkWrites([write({ stream: 'good' }), bad]));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(new RegExp(`^${code}: [^]+\\. Fix: [^]+\\.$`));
    expect(error.message).not.toContain('secret');
    expect(error.message.length).toBeLessThan(400);
  });

  test('takes the limit of a store whose writes may hold less, and says it', () => {
    const rows = [event({ data: '"12345678"', meta: '{}' }), event({ data: '"12345678"', meta: '{}' })];
    expect(() => checkWrites([write({ events: rows }), write({ stream: 't', events: rows })], 24)).not.toThrow();
    expect(caught(() => checkWrites([write({ events: rows })], 23)).message).toMatch(/^WRITE_TOO_LARGE: .* 24 bytes .* the limit is 23 /);
  });

  test('says WRITE_SAME_STREAM_TWICE with the name of the stream', () => {
    expect(caught(() => checkWrites([write(), write({ expected: 0 })])).message).toContain(
      'WRITE_SAME_STREAM_TWICE: one call holds two writes of stream "s"',
    );
  });

  test('takes the largest that fits, in any script', () => {
    const name = '\u{1f600}'.repeat(LIMITS.name / 4);
    const data = `"${'\u4e2d'.repeat((LIMITS.event - 7) / 3)}"`;
    expect(Buffer.byteLength(data)).toBe(LIMITS.event - 5);
    const full = { id: name, type: name, data, meta: '[0,1]' };
    expect(() => checkWrites([write({ stream: name, events: Array.from({ length: 4 }, () => event(full)) })])).not.toThrow();
    expect(caught(() => checkWrites([write({ events: [event({ ...full, meta: '[0,12]' })] })])).code).toBe('WRITE_TOO_LARGE');
  });
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function caught(run: () => void): WaybillError {
  try {
    run();
  } catch (error) {
    if (error instanceof WaybillError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
