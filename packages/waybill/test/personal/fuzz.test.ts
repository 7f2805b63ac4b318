import * as fc from 'fast-check';
import { canonical, ERASED, Event, memoryStore, personalStore, WaybillError } from 'waybill';
import type { Recorded, Store } from 'waybill';

const subject = (e: Readonly<Record<string, unknown>>) => e['of'];
/** Registered by their names: the rows below are made by hand. */
export class Told extends Event('Told', { personal: ['secret', 'other'], subject }) {}
export class Wrote extends Event('Wrote', { personal: ['secret'], subject }) {}

const json = fc
  .jsonValue({ maxDepth: 6 })
  .filter((value) => !/"(__proto__|constructor)":/.test(JSON.stringify(value)))
  .map((value) => JSON.parse(canonical(value)) as unknown);
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(ERASED, ' [erased]', 'waybill.personal.1:', '"~personal":{}', '\\', '"', '\ud83d\ude00'),
  fc.string({ unit: 'grapheme' }).map((rest) => `waybill.personal.1:${rest}`),
);
const value = fc.oneof(
  json,
  text,
  fc.array(text),
  fc.dictionary(text, text).filter((one) => !('__proto__' in one || 'constructor' in one)),
);
const person = fc.constantFrom('c-1', 'c-2', '"', '\u0001', 'é'.repeat(256), '~personal');

interface Row {
  readonly type: string;
  readonly of: string;
  readonly secret: unknown;
  readonly other: unknown;
}
const row = fc.record({ type: fc.constantFrom('Told', 'took:Told', 'parked:Told', 'Wrote'), of: person, secret: value, other: value });
const META = '{"cause":{"id":"\\"~personal\\":{","source":"x","position":1}}';

/** Appended through the personal side of a new store. */
async function kept(rows: readonly Row[]): Promise<{ readonly inner: Store; readonly outer: Store; readonly raw: readonly Recorded[] }> {
  const inner = memoryStore();
  const outer = personalStore(inner);
  const events = rows.map(({ type, ...data }, n) => ({ id: `r-${n}`, type, data: canonical(data), meta: META, time: 0 }));
  await outer.append([{ stream: 's', expected: 'none', events }]);
  return { inner, outer, raw: await inner.read('s') };
}
const keysOf = (inner: Store) => inner.keys as NonNullable<Store['keys']>;
/** What a process reads that knows the keys, when the log says `rows`. */
const readAs = (inner: Store, rows: readonly Recorded[]) =>
  personalStore({ ...inner, read: async () => rows } as Store, { keys: keysOf(inner) }).read('s');

const hidden = ({ type }: Row) => (type.endsWith('Wrote') ? ['secret'] : ['secret', 'other']);
const runs = { numRuns: 200 };

test('whatever JSON can hold comes back as it was, with its meta, and is erased when the subject is forgotten', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 5 }), async (rows) => {
      const { inner, outer, raw } = await kept(rows);
      const back = await outer.read('s');
      rows.forEach(({ type, ...data }, n) => {
        expect([back[n]?.type, back[n]?.data, back[n]?.meta]).toEqual([type, canonical(data), META]);
        expect(back[n]?.erased).toBe(hidden({ type, ...data }).some((field) => data[field as 'secret'] === ERASED) ? true : undefined);
        const stored = JSON.parse(raw[n]?.data ?? '') as Record<string, unknown>;
        for (const field of hidden({ type, ...data })) {
          if (data[field as 'secret'] !== ERASED) expect(stored[field]).toMatch(/^waybill\.personal\.1:[\w-]{12}:[\w-]+$/);
        }
      });
      for (const of of new Set(rows.map((one) => one.of))) await keysOf(inner).forget(of);
      for (const [n, one] of (await readAs(inner, raw)).entries()) {
        const fields = hidden(rows[n] as Row);
        const data = JSON.parse(one.data) as Record<string, unknown>;
        expect([one.erased, ...fields.map((field) => data[field])]).toEqual([true, ...fields.map(() => ERASED)]);
      }
    }),
    runs,
  );
});

test('a row that was altered anywhere has the right text, an erased one or a coded error: never another text, never a crash', async () => {
  const change = fc.record({
    at: fc.nat(),
    to: fc.constantFrom('a', 'A', '0', '"', '{', '}', ':', '-', '\\', ''),
    where: fc.constantFrom('data', 'meta'),
  });
  await fc.assert(
    fc.asyncProperty(row, change, async (one, { at, to, where }) => {
      const { inner, raw } = await kept([one]);
      const [stored] = raw as [Recorded];
      const old = stored[where as 'data'];
      const place = at % old.length;
      const altered = { ...stored, [where]: old.slice(0, place) + to + old.slice(place + 1) };
      const read = await readAs(inner, [altered]).catch((error: unknown) => error);
      if (!Array.isArray(read)) return expect(read).toBeInstanceOf(WaybillError);
      const [back] = read as [Recorded];
      let data: Record<string, unknown>;
      try {
        data = JSON.parse(back.data) as Record<string, unknown>;
      } catch {
        // What is no JSON any more is for the flow to park.
        return expect(where).toBe('data');
      }
      for (const field of hidden(one)) expect([undefined, ERASED, canonical(one[field as 'secret'])]).toContain(shown(data?.[field]));
    }),
    { numRuns: 1_000 },
  );
});

/** As canonical text, but for what is not there or erased. */
function shown(field: unknown): string | undefined {
  return field === undefined || field === ERASED ? field : canonical(field);
}

test('a ciphertext decrypts nowhere else: in no other field, no other type, for no other subject', async () => {
  const secret = fc.string({ minLength: 1, maxLength: 20 }).map((one) => `s ${one}`);
  const mine = fc.record({ type: fc.constantFrom('Told', 'Wrote'), of: fc.constantFrom('c-1', 'c-2'), secret, other: secret });
  const fields = fc.constantFrom('secret', 'other');
  await fc.assert(
    fc.asyncProperty(mine, mine, fields, fields, async (from, to, taken, put) => {
      fc.pre(hidden(from).includes(taken) && hidden(to).includes(put));
      fc.pre(from.type !== to.type || from.of !== to.of || taken !== put);
      const { inner, raw } = await kept([from, to]);
      const moved = (JSON.parse(raw[0]?.data ?? '') as Record<string, unknown>)[taken];
      const data = canonical({ ...(JSON.parse(raw[1]?.data ?? '') as object), [put]: moved });
      const read = await readAs(inner, [{ ...(raw[1] as Recorded), data }]).catch((error: unknown) => error);
      if (read instanceof WaybillError) return expect(read.code).toBe('PERSONAL_UNREADABLE');
      const [back] = read as Recorded[];
      return expect([back?.erased, (JSON.parse(back?.data ?? '') as Record<string, unknown>)[put]]).toEqual([true, ERASED]);
    }),
    runs,
  );
});

test('no two ciphertexts of a text are equal', async () => {
  const { raw } = await kept(Array.from({ length: 500 }, () => ({ type: 'Told', of: 'c-1', secret: 'x', other: 'x' })));
  const all = raw.flatMap(({ data }) =>
    Object.values(JSON.parse(data) as Record<string, string>).filter((one) => one.startsWith('waybill')),
  );
  expect(all).toHaveLength(1_000);
  expect(new Set(all).size).toBe(1_000);
});

test('an error about a row that cannot be read names the row, and shows nothing of it', async () => {
  const { inner, raw } = await kept([{ type: 'Told', of: 'c-1', secret: 'Ada', other: 'x' }]);
  const [stored] = raw as [Recorded];
  const data = stored.data.replace(/:[\w-]{5}([\w-]+")/, ':AAAAA$1');
  await expect(readAs(inner, [{ ...stored, data: data.replace('waybill', 'Waybill') }])).rejects.toThrow(
    'PERSONAL_UNREADABLE: the personal data of Told cannot be read',
  );
  await expect(readAs(inner, [{ ...stored, data: data.replace('waybill', 'Waybill') }])).rejects.toThrow('(s version 0, position 1)');
});
