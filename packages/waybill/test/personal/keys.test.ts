import { memoryStore } from 'waybill';
import type { Keys, WaybillError } from 'waybill';
import { KeyRing, KEY_CACHE_MS } from '../../dist/personal/keys';

type Call = 'load' | 'keep' | 'forget';

/** Keys whose next call of a kind waits, once it has been made, until the test lets it go. */
function slow() {
  const keys = memoryStore().keys as Keys;
  const gates = new Map<Call, { readonly open: Promise<void>; readonly arrived: () => void }>();
  const loads: (readonly string[])[] = [];
  const passing = async <T>(call: Call, made: Promise<T>): Promise<T> => {
    const gate = gates.get(call);
    gates.delete(call);
    const result = await made;
    gate?.arrived();
    await gate?.open;
    return result;
  };
  const provider: Keys = {
    load: (subjects) => (loads.push(subjects), passing('load', keys.load(subjects))),
    keep: (subject, secret) => passing('keep', keys.keep(subject, secret)),
    forget: (subject) => passing('forget', keys.forget(subject)),
  };
  /** The next call of that kind: made and answered, but nobody is told before `go`. */
  const hold = (call: Call) => {
    let go = (): void => undefined;
    let arrived = (): void => undefined;
    const open = new Promise<void>((resolve) => (go = resolve));
    const here = new Promise<void>((resolve) => (arrived = resolve));
    gates.set(call, { open, arrived });
    return { here, go };
  };
  return { keys, provider, hold, loads };
}

const make = new Map([['c-1', true]]);
const idOf = async (ring: KeyRing) => (await ring.toWrite(make)).get('c-1')?.id as string;
const read = async (ring: KeyRing, id: string) => (await ring.toRead(new Map([['c-1', [id]]])))('c-1', id)?.id;

test('two processes that make the key of one person at once get the same one', async () => {
  const { provider } = slow();
  const rings = Array.from({ length: 8 }, () => new KeyRing(provider, () => 0));
  const ids = await Promise.all(rings.map(idOf));
  expect(new Set(ids).size).toBe(1);
});

test('a key is looked up once for many reads, and again when its time is over', async () => {
  const { keys, provider, loads } = slow();
  let now = 0;
  const ring = new KeyRing(provider, () => now);
  const id = await idOf(ring);
  const before = loads.length;
  for (let n = 0; n < 5; n++) expect(await read(ring, id)).toBe(id);
  expect(loads.length).toBe(before);
  await keys.forget('c-1');
  now = KEY_CACHE_MS - 1;
  expect(await read(ring, id)).toBe(id);
  now = KEY_CACHE_MS;
  expect(await read(ring, id)).toBeUndefined();
});

test('a look-up that is under way while the person is forgotten here does not bring the key back', async () => {
  const { provider, hold } = slow();
  const ring = new KeyRing(provider, () => 0);
  const id = await idOf(new KeyRing(provider, () => 0));
  const load = hold('load');
  const reading = read(ring, id);
  await load.here;
  await ring.forget(['c-1']);
  load.go();
  expect(await reading).toBeUndefined();
  expect(await read(ring, id)).toBeUndefined();
});

test('a look-up that begins while the person is being forgotten waits for the end of it', async () => {
  const { keys, provider, hold } = slow();
  const ring = new KeyRing(
    // Deleted only once it is let go.
    { ...provider, forget: async (subject) => (await provider.forget(`not ${subject}`), keys.forget(subject)) },
    () => 0,
  );
  const id = await idOf(ring);
  const deletion = hold('forget');
  const forgotten = ring.forget(['c-1']);
  await deletion.here;
  const reading = read(ring, id);
  const writing = idOf(ring);
  deletion.go();
  await forgotten;
  expect(await reading).toBeUndefined();
  expect(await writing).not.toBe(id);
  expect(await read(ring, id)).toBeUndefined();
});

test('what others have forgotten is noticed with the next look-up of anybody', async () => {
  const { provider } = slow();
  const [here, there] = [new KeyRing(provider, () => 0), new KeyRing(provider, () => 0)];
  const id = await idOf(here);
  await there.forget(['c-9']);
  const first = here.generation;
  await here.toWrite(new Map([['c-2', true]]));
  expect(here.generation).toBe(first + 1);
  expect(await read(here, id)).toBe(id);
  await here.toWrite(new Map([['c-2', true]]));
  expect(here.generation).toBe(first + 1);
});

test('a provider that fails is one that is away: the error says so, and keeps what it said as its cause', async () => {
  const { provider } = slow();
  const failing: Keys = { ...provider, load: () => Promise.reject(new Error('token abc123 refused')) };
  const error = await idOf(new KeyRing(failing, () => 0)).catch((thrown: unknown) => thrown as WaybillError);
  expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: { message: 'token abc123 refused' } });
  expect((error as WaybillError).message).not.toContain('abc123');
});

test('memory does not grow with the number of people', async () => {
  const { provider } = slow();
  const ring = new KeyRing(provider, () => 0);
  for (let n = 0; n < 12; n++) await ring.toWrite(new Map(Array.from({ length: 1_000 }, (_, i) => [`p-${n}-${i}`, true] as const)));
  expect((ring as unknown as { cache: Map<string, unknown> }).cache.size).toBe(10_000);
});
