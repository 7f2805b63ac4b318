import { memoryStore, WaybillError } from '@waybill/core';
import type { Store, Write, Written } from '@waybill/core';
import { UNKNOWN_OUTCOME } from '@waybill/core/store-kit';
import { commit, writeOf } from '../../dist/flow/commit';
import { Came, causeAt, emitted, FakeRuntime, Seen, took, Wrote } from '../hall';

/** Waits for nothing, and counts how often it was asked to. */
class Impatient extends FakeRuntime {
  waits = 0;
  override after(_: number, task: () => void): () => void {
    this.waits++;
    queueMicrotask(task);
    return () => undefined;
  }
}
const failure = (code: string) => new WaybillError(code, 'a test', 'none');
const unknown = () => failure(UNKNOWN_OUTCOME);
const rows = [took(new Came({ n: 1 }), 3), emitted(new Seen({ text: 'hi' }), 3), took(new Wrote({ text: 'b' }), 4)];

/** A store whose next appends fail with these, before or after they were stored, and then works. */
function failing(...errors: readonly { readonly error: unknown; readonly stored?: boolean }[]) {
  const store = memoryStore();
  const sent: string[] = [];
  const append = store.append.bind(store);
  let left = [...errors];
  store.append = async (writes) => {
    sent.push(JSON.stringify(writes));
    const [next, ...rest] = left;
    left = rest;
    if (next?.stored ?? !next) await append(writes);
    if (next) throw next.error;
    return append(writes);
  };
  return { store, sent };
}

async function run(store: Store, writes: readonly Write[]) {
  const runtime = new Impatient();
  let told = 0;
  const ended = await commit(store, runtime, writes, () => told++).then(
    (written): readonly Written[] | { readonly error: unknown } => written,
    (error: unknown) => ({ error }),
  );
  return { ended, told, waits: runtime.waits };
}
const write = () => writeOf('hall-a', 'none', rows, new FakeRuntime());

test('a write names the version that was read, and each of its rows has a new id, the time, and its own cause', () => {
  const runtime = new FakeRuntime();
  const [first, again] = [writeOf('hall-a', 7, rows, runtime), writeOf('hall-a', 7, rows, runtime)];
  expect(first).toMatchObject({ stream: 'hall-a', expected: 7 });
  expect(first.events.map(({ type, time }) => [type, time])).toEqual([
    ['took:Came', 1_000],
    ['Seen', 1_000],
    ['took:Wrote', 1_000],
  ]);
  expect(new Set([...first.events, ...again.events].map(({ id }) => id)).size).toBe(6);
  expect(first.events.map(({ meta }) => (JSON.parse(meta) as { cause: unknown }).cause)).toEqual([causeAt(3), causeAt(3), causeAt(4)]);
});

test('an append that is answered goes out once', async () => {
  const { store, sent } = failing();
  expect(await run(store, [write()])).toMatchObject({ ended: [{ ok: true, version: 2 }], told: 0, waits: 0 });
  expect(sent).toHaveLength(1);
});

test('a write that lost is reported, not written at another version', async () => {
  const { store, sent } = failing();
  await store.append([{ ...write(), stream: 'hall-b' }]);
  const lost = { ...writeOf('hall-b', 0, rows, new Impatient()) };
  expect(await run(store, [write(), lost])).toMatchObject({ ended: [{ ok: true }, { ok: false, actual: 2 }], told: 0 });
  expect(sent).toHaveLength(2);
});

test('on an unknown outcome the identical writes go out again, ids and versions too, and are stored once', async () => {
  for (const stored of [true, false]) {
    const { store, sent } = failing({ error: unknown(), stored }, { error: unknown(), stored: false });
    expect(await run(store, [write()])).toMatchObject({ ended: [{ ok: true, version: 2 }], told: 2, waits: 2 });
    expect(sent).toHaveLength(3);
    expect(new Set(sent).size).toBe(1);
    expect(await store.read('hall-a')).toHaveLength(3);
  }
});

test('a write that loses after an unknown outcome has lost: it is not written at another version', async () => {
  const { store, sent } = failing({ error: unknown(), stored: false });
  const others = memoryStore();
  await others.append([{ ...write(), stream: 'hall-a' }]);
  let first = true;
  const append = store.append.bind(store);
  store.append = (writes) => (first ? ((first = false), append(writes)) : (sent.push(JSON.stringify(writes)), others.append(writes)));
  expect(await run(store, [writeOf('hall-a', 0, rows, new Impatient())])).toMatchObject({ ended: [{ ok: false, actual: 2 }], told: 1 });
  expect(new Set(sent).size).toBe(1);
  expect(sent).toHaveLength(2);
});

test('an outcome that stays unknown is asked for eight times more, then told as unknown', async () => {
  const { store, sent } = failing(...Array.from({ length: 20 }, () => ({ error: unknown() })));
  const { ended, told, waits } = await run(store, [write()]);
  expect(ended).toMatchObject({ error: { code: UNKNOWN_OUTCOME } });
  expect([sent.length, told, waits]).toEqual([9, 9, 8]);
  expect(new Set(sent).size).toBe(1);
});

test('any other error passes at once', async () => {
  for (const error of [failure('STORE_BUSY'), failure('WRITE_TOO_LARGE'), new Error('broken')]) {
    const { store, sent } = failing({ error });
    const { ended, told } = await run(store, [write()]);
    expect((ended as { readonly error: unknown }).error).toBe(error);
    expect([sent.length, told]).toEqual([1, 0]);
  }
});

test('a refusal after an unknown outcome leaves the outcome unknown, and is its cause', async () => {
  const refusal = failure('STORE_CLOSED');
  const { store, sent } = failing({ error: unknown(), stored: true }, { error: refusal });
  const { ended, told } = await run(store, [write()]);
  expect(ended).toMatchObject({ error: { code: UNKNOWN_OUTCOME, cause: refusal } });
  expect([sent.length, told]).toEqual([2, 1]);
});
