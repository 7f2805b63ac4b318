import { ERASED, Event, memoryStore, personalStore } from 'waybill';
import type { Keys, Store } from 'waybill';
import { KeyRing } from '../../dist/personal/keys';

class Moved extends Event('MovedHouse', { personal: ['to'], subject: (e: { who: string }) => e.who })<{ who: string; to: string }> {}

const NOW = 1_700_000_000_000;
const runtime = (now: () => number) => ({ now }) as never;

/** A provider as one outside of any store is: it knows secrets and nothing else. */
function keeper(of: Iterable<readonly [string, string]> = []): Keys & { readonly all: Map<string, string> } {
  const all = new Map(of);
  return {
    all,
    load: async (names) => new Map(names.flatMap((name) => (all.has(name) ? [[name, all.get(name) as string] as const] : []))),
    keep: async (name, secret) => (all.has(name) || all.set(name, secret), all.get(name) as string),
    forget: async (name) => void all.delete(name),
  };
}

let made = 0;
async function moved(log: Store, keys: Keys, who: string, time = NOW): Promise<void> {
  const data = JSON.stringify({ who, to: 'Ulm' });
  const events = [{ id: `e-${++made}`, type: 'MovedHouse', data, meta: '{}', time }];
  await personalStore(log, { keys }).append([{ stream: `s-${made}`, expected: 'none', events }]);
}

/** Where each person has moved to, or the code of the error. */
async function read(log: Store, keys: Keys, now = NOW): Promise<unknown> {
  const found: Record<string, unknown> = {};
  try {
    const stop = new AbortController();
    for await (const { events } of personalStore(log, { keys, runtime: runtime(() => now) }).subscribe({ after: 0 }, stop.signal)) {
      for (const { data } of events) {
        const { who, to } = JSON.parse(data) as { who: string; to: unknown };
        found[who] = to;
      }
      break;
    }
    return found;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

/** As an app of today does. */
const forget = (keys: Keys, who: string) => new KeyRing(keys, () => NOW).forget([who]);

beforeAll(() => expect(Moved.messageType).toBe('MovedHouse'));

for (const [name, keysOf] of [
  ['a provider', () => keeper()],
  ['a store', () => memoryStore().keys as Keys],
] as const) {
  test(`a key that is not among these keys is unreadable, and not erased; who was forgotten is (${name})`, async () => {
    const [log, keys] = [memoryStore(), keysOf()];
    for (const who of ['ada', 'bob']) await moved(log, keys, who);
    expect(await read(log, keysOf())).toBe('PERSONAL_UNREADABLE');
    await forget(keys, 'bob');
    expect(await read(log, keys)).toEqual({ ada: 'Ulm', bob: ERASED });
    // Whoever returns has a key of their own, and what was erased stays erased.
    await moved(log, keys, 'bob');
    expect(await read(log, keys)).toEqual({ ada: 'Ulm', bob: 'Ulm' });
  });
}

test('an older copy of the keys makes what they lack unreadable, also once a person has a new key in it', async () => {
  const [log, keys] = [memoryStore(), keeper()];
  await moved(log, keys, 'ada');
  const copy = keeper(keys.all);
  await moved(log, keys, 'bob');
  await forget(keys, 'ada');
  expect(await read(log, copy)).toBe('PERSONAL_UNREADABLE');
  await moved(log, copy, 'bob');
  expect(await read(log, copy)).toBe('PERSONAL_UNREADABLE');
});

test('a process that dies between mark and deletion has erased nothing; repeated, it has', async () => {
  const [log, keys] = [memoryStore(), keeper()];
  await moved(log, keys, 'ada');
  const dying: Keys = { ...keys, forget: async (name) => (name === 'ada' ? Promise.reject(new Error('died')) : keys.forget(name)) };
  await expect(forget(dying, 'ada')).rejects.toThrow('STORE_UNAVAILABLE');
  expect(await read(log, keys)).toEqual({ ada: 'Ulm' });
  await forget(keys, 'ada');
  expect(await read(log, keys)).toEqual({ ada: ERASED });
});

test('of keys that code of before has deleted without a mark, what was written before counts as erased, and nothing that comes', async () => {
  const [log, keys] = [memoryStore(), keeper()];
  for (const who of ['ada', 'bob']) await moved(log, keys, who);
  // As that code did.
  keys.all.delete('bob');
  keys.all.set('waybill:forgotten', 'c29tZSBzZWNyZXQ=');
  expect(await read(log, keys, NOW + 1)).toEqual({ ada: 'Ulm', bob: ERASED });
  await moved(log, keys, 'cleo', NOW + 10);
  expect(await read(log, keys, NOW + 20)).toEqual({ ada: 'Ulm', bob: ERASED, cleo: 'Ulm' });
  keys.all.delete('cleo');
  expect(await read(log, keys, NOW + 30)).toBe('PERSONAL_UNREADABLE');
});
