import { memoryStore, WaybillError } from '@waybill/core';
import type { Store, Write, Written } from '@waybill/core';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { EventStoreDBClient as Client, NO_STREAM } from '@eventstore/db-client';
import { startDevServer } from '@waybill/devserver';
import { all, event, eventually, failure, UNARY } from './kit';

/** A store whose appends wait until they are let go, one by one, and may fail. */
class Gate {
  readonly calls: (readonly Write[])[] = [];
  private readonly waiting: ((error?: Error) => void)[] = [];
  readonly store: Store;
  open = false;

  constructor(inner = memoryStore()) {
    const append = async (writes: readonly Write[]): Promise<readonly Written[]> => {
      this.calls.push(writes);
      const error = this.open ? undefined : await new Promise<Error | undefined>((resolve) => this.waiting.push(resolve));
      if (error) throw error;
      return inner.append(writes);
    };
    this.store = Object.assign(Object.create(inner) as Store, { append });
  }

  letGo(error?: Error): void {
    this.waiting.shift()?.(error);
  }

  called(times: number): Promise<void> {
    return eventually(`call ${times}`, () => this.calls.length >= times);
  }
}

async function gated(body: (gate: Gate, client: EventStoreDBClient) => Promise<void>): Promise<void> {
  const gate = new Gate();
  const server = await startDevServer({ store: gate.store });
  const client = Client.connectionString(server.url);
  try {
    await body(gate, client);
  } finally {
    gate.open = true;
    for (let n = 0; n < 10; n++) gate.letGo();
    await client.dispose();
    await server.stop();
  }
}

const append = (client: EventStoreDBClient, stream: string) =>
  client.appendToStream(stream, event(), { expectedRevision: NO_STREAM, ...UNARY });

/** Reads are answered while a commit is under way: once this one is, what was sent before it has arrived. */
async function received(client: EventStoreDBClient): Promise<void> {
  for (let n = 0; n < 20; n++) await all(client.readStream('waybill:log'));
}

test('appends that come while a commit is under way reach the store in one call', () =>
  gated(async (gate, client) => {
    const first = append(client, 'first');
    await gate.called(1);
    const others = Array.from({ length: 50 }, (_, n) => append(client, `s-${n}`));
    await received(client);
    expect(gate.calls).toHaveLength(1);
    gate.letGo();
    await first;
    await gate.called(2);
    expect(gate.calls[1]).toHaveLength(50);
    gate.letGo();
    await Promise.all(others);
    expect(gate.calls).toHaveLength(2);
  }));

test('one call to the store holds at most one write of a stream, and appends of one stream keep their order', () =>
  gated(async (gate, client) => {
    const first = append(client, 'first');
    await gate.called(1);
    const sent = Array.from({ length: 20 }, (_, n) => client.appendToStream(`s-${n % 4}`, event('Noted', { n }), UNARY));
    await received(client);
    gate.open = true;
    gate.letGo();
    await Promise.all([first, ...sent]);
    for (const writes of gate.calls) expect(new Set(writes.map(({ stream }) => stream)).size).toBe(writes.length);
    expect(Math.max(...gate.calls.map((writes) => writes.length))).toBe(4);
    for (const stream of ['s-0', 's-1', 's-2', 's-3']) expect(await gate.store.read(stream)).toHaveLength(5);
  }));

test('a write that the store would refuse is refused before it can fail the call that others share', () =>
  gated(async (gate, client) => {
    const first = append(client, 'first');
    await gate.called(1);
    const good = append(client, 'good');
    const bad = failure(client.appendToStream('bad', event('x'.repeat(600)), UNARY));
    expect((await bad).code).toBe(3);
    gate.letGo();
    gate.open = true;
    await Promise.all([first, good]);
  }));

test.each([
  ['STORE_UNKNOWN_OUTCOME', 4, 'deadline-exceeded'],
  ['STORE_UNAVAILABLE', 14, 'unavailable'],
  ['STORE_BUSY', 14, 'unavailable'],
  ['STORE_FAILED', 14, 'unavailable'],
])('a store that fails with %s ends the calls with status %i, and the server serves on', (code, status, type) =>
  gated(async (gate, client) => {
    const calls = [append(client, 'a'), append(client, 'b')];
    await gate.called(1);
    const error = new WaybillError(code, 'the disk is gone', 'find another');
    gate.letGo(error);
    expect(await failure(calls[0]!)).toMatchObject({ code: status, type, message: expect.stringContaining(code) as string });
    gate.letGo(error);
    await calls[1]!.catch(() => undefined);
    gate.open = true;
    expect((await client.appendToStream('c', event(), { expectedRevision: NO_STREAM, ...UNARY })).success).toBe(true);
  }),
);

test.each([
  ['STORE_UNKNOWN_OUTCOME', 'deadline-exceeded'],
  ['STORE_UNAVAILABLE', 'unavailable'],
])('on the batch way %s is told as %s', (code, type) =>
  gated(async (gate, client) => {
    const call = client.appendToStream('a', event());
    await gate.called(1);
    gate.letGo(new WaybillError(code, 'the disk is gone', 'find another'));
    expect((await failure(call)).type).toBe(type);
  }),
);

test('stop waits for the commit that is under way, and answers it', async () => {
  const gate = new Gate();
  const server = await startDevServer({ store: gate.store });
  const client = Client.connectionString(server.url);
  const call = append(client, 's');
  await gate.called(1);
  let stopped = false;
  const stopping = server.stop().then(() => (stopped = true));
  // Longer than answers are given to leave.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(stopped).toBe(false);
  gate.letGo();
  expect((await call).success).toBe(true);
  await stopping;
  await client.dispose();
});
