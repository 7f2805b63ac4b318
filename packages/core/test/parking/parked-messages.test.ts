import { Event, memoryStore } from '@waybill/core';
import type { Store } from '@waybill/core';
import { ParkedMessages } from '@waybill/core/internal';
import type { OpenParks, ParkingKind } from '@waybill/core/internal';

class Came extends Event('Came')<{ readonly n: number }> {}

const by = { by: 'ada', why: 'a test' };
const taken = new Map([['Came', { message: Came }]]);

/** A stream in which each n is parked as a row of this kind. */
async function parked(park: string, many: number): Promise<Store> {
  const store = memoryStore();
  const events = Array.from({ length: many }, (_, n) => ({
    ...{ id: `id-${n}`, type: 'parked:Came', data: `{"n":${n}}`, time: n },
    meta: JSON.stringify({ cause: { id: `c-${n}`, source: store.id, position: 1 }, park, reason: 'it threw', attempts: 1 }),
  }));
  await store.append([{ stream: 'halls-a', expected: 'none', events }]);
  return store;
}

/** What is open is kept in memory; those of `fails` stay where they are. */
class Fake implements ParkingKind {
  readonly open: Set<number>;
  readonly tried: number[][] = [];
  fails = new Set<number>();
  /** How often somebody else comes between. */
  losses = 0;

  constructor(many: number) {
    this.open = new Set(Array.from({ length: many }, (_, n) => n));
  }

  owns(stream: string): boolean {
    return stream === 'halls-a';
  }

  async look(stream: string): Promise<OpenParks | undefined> {
    if (!this.owns(stream)) return undefined;
    return {
      versions: new Set(this.open),
      line: [...this.open],
      retry: async (rows) => {
        if (this.losses-- > 0) return undefined;
        this.tried.push(rows.map(({ message }) => (message as Came).n));
        const kinds = rows.map(({ row }) => (this.fails.has(row.version) || !this.open.delete(row.version) ? 'parked' : 'applied'));
        return { results: kinds.map((kind) => ({ kind })), left: await this.look(stream) };
      },
      skip: async ({ version }) => {
        if (this.losses-- > 0) return undefined;
        this.open.delete(version);
        return { kind: 'discarded' };
      },
    };
  }
}

async function scene(park: string, many = 3): Promise<{ readonly kind: Fake; readonly messages: ParkedMessages; readonly store: Store }> {
  const [store, kind] = [await parked(park, many), new Fake(many)];
  return { kind, store, messages: new ParkedMessages('halls', taken, store, kind) };
}

describe('parked messages', () => {
  test('lists what is open, and leaves out what was released', async () => {
    const { kind, messages } = await scene('failed');
    kind.open.delete(1);
    const found = [];
    for await (const { consumer, stream, version, park, content } of messages.list())
      found.push({ consumer, stream, version, park, content });
    const same = { consumer: 'halls', stream: 'halls-a', park: 'failed' };
    expect(found).toEqual([
      { ...same, version: 0, content: '{"n":0}' },
      { ...same, version: 2, content: '{"n":2}' },
    ]);
  });

  test('retries a line in order, and stops at the first that fails again', async () => {
    const { kind, messages } = await scene('behind', 200);
    kind.fails.add(70);
    const { results, left } = await messages.retry('halls-a', undefined, by);
    expect(kind.tried.map((batch) => [batch[0], batch.at(-1)])).toEqual([
      [0, 63],
      [64, 127],
    ]);
    expect([results.length, left]).toEqual([128, 73]);
  });

  test('tries each of those that wait for no other once', async () => {
    const { kind, messages } = await scene('invalid', 200);
    for (const version of [0, 70, 199]) kind.fails.add(version);
    const { results, left } = await messages.retry('halls-a', undefined, by);
    expect(kind.tried.flat()).toEqual(Array.from({ length: 200 }, (_, n) => n));
    expect([results.filter(({ kind: ended }) => ended === 'parked').length, left]).toEqual([3, 3]);
  });

  test('takes along what is parked while it retries', async () => {
    const { kind, messages } = await scene('behind', 65);
    kind.open.delete(64);
    const look = kind.look.bind(kind);
    let looks = 0;
    kind.look = (stream) => {
      if (++looks === 2) kind.open.add(64);
      return look(stream);
    };
    expect(await messages.retry('halls-a', undefined, by)).toMatchObject({ left: 0 });
    expect(kind.tried.flat().at(-1)).toBe(64);
  });

  test('begins anew, at what is open then, when somebody came between', async () => {
    const { kind, messages } = await scene('failed');
    kind.losses = 2;
    expect(await messages.retry('halls-a', 0, by)).toEqual({ results: [{ kind: 'applied' }], left: 2 });
    kind.losses = 2;
    expect(await messages.skip('halls-a', 1, by)).toEqual({ kind: 'discarded' });
    kind.losses = 1;
    const look = kind.look.bind(kind);
    let looks = 0;
    kind.look = (stream) => {
      if (++looks === 2) kind.open.clear();
      return look(stream);
    };
    await expect(messages.retry('halls-a', 2, by)).rejects.toThrow('NOT_PARKED');
  });

  test('refuses a version that is not open, and a stream where nothing can be parked any more', async () => {
    const { kind, messages } = await scene('failed');
    kind.open.delete(1);
    await expect(messages.retry('halls-a', 1, by)).rejects.toThrow('NOT_PARKED');
    await expect(messages.skip('halls-a', 1, by)).rejects.toThrow('NOT_PARKED');
    await expect(messages.retry('halls-b', undefined, by)).rejects.toThrow('NOT_PARKED');
    kind.open.clear();
    expect(await messages.retry('halls-a', undefined, by)).toEqual({ results: [], left: 0 });
  });

  test('reads a message that stands parked as a text from its place in the log', async () => {
    const store = memoryStore();
    await store.append([{ stream: 'feed', expected: 'none', events: [{ id: 'c', type: 'Came', data: '{"n":7}', meta: '{}', time: 1 }] }]);
    const meta = JSON.stringify({ cause: { id: 'c', source: store.id, position: await store.head() }, park: 'invalid' });
    const row = { id: 'p', type: 'parked:Came', data: '"not understood"', meta, time: 2 };
    await store.append([{ stream: 'halls-a', expected: 'none', events: [row] }]);
    const kind = new Fake(1);
    await new ParkedMessages('halls', taken, store, kind).retry('halls-a', 0, by);
    expect(kind.tried).toEqual([[7]]);
  });
});
