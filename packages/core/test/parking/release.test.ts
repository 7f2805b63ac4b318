import { Actor, Event, Handles, Saga, memoryStore } from '@waybill/core';
import { define, System } from '@waybill/core/internal';
import type { Store } from '@waybill/core';
import { FakeRuntime } from '../hall';

class Came extends Event('Came')<{ readonly n: number }> {}

let fails = true;
@Saga('gate', { retry: { attempts: 1 } })
class Gate extends Actor<object, Came> {
  initial() {
    return {};
  }
  key() {
    return 'a';
  }
  @Handles(Came, { once: 'n' }) onCame() {
    if (fails) throw new Error('shut');
    return [];
  }
}

/** Rows that reads of streams have given. */
function counted(store: Store): { readonly store: Store; readonly rows: () => number } {
  let rows = 0;
  const read: Store['read'] = async (...args) => {
    const page = await store.read(...args);
    rows += page.length;
    return page;
  };
  return { store: new Proxy(store, { get: (of, name) => (name === 'read' ? read : bound(of, name as keyof Store)) }), rows: () => rows };
}
function bound(store: Store, name: keyof Store): unknown {
  const value = store[name];
  return typeof value === 'function' ? (value as () => unknown).bind(store) : value;
}

async function rowsReadToRelease(many: number): Promise<number> {
  const { store, rows } = counted(memoryStore());
  const events = Array.from({ length: many }, (_, n) => ({ id: `e-${n}`, type: 'Came', data: `{"n":${n}}`, meta: '{}', time: n }));
  await store.append([{ stream: 'feed', expected: 'none', events }]);
  const runtime = new FakeRuntime();
  const ring = setInterval(() => runtime.ring(), 1);
  try {
    fails = true;
    const system = new System([define(Gate, new Gate())], { store, runtime, onFailure: () => undefined });
    await system.start();
    await system.settled();
    expect(system.counts()).toMatchObject({ parked: many });
    fails = false;
    const before = rows();
    const { results, left } = await system.operators.retry('gate-a', undefined, { by: 'ada', why: 'a test' });
    expect([results.length, new Set(results.map(({ kind }) => kind)), left]).toEqual([many, new Set(['applied']), 0]);
    await system.stop();
    return rows() - before;
  } finally {
    clearInterval(ring);
  }
}

test('releasing a line reads each of its rows a few times, however long it is', async () => {
  const [short, long] = [await rowsReadToRelease(500), await rowsReadToRelease(2_000)];
  expect(long / 2_000).toBeLessThan(8);
  expect(long / short).toBeLessThan(5);
});
