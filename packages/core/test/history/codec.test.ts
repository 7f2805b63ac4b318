import { Actor, Applies, canonical, Event, Handles, Saga } from '@waybill/core';
import type { NewEvent, Recorded } from '@waybill/core';
import { define } from '@waybill/core/internal';
import type { ActorDefinition, Entry, RowMeta } from '@waybill/core/internal';
import { decodeRow, encodeRow, kindOf, metaOf, rowVersion } from '../../dist/history/codec';
import { newerRow } from '../../dist/history/newer';
import { dice } from '../dice';
import { armed, Bid, Came, cancelled, causeAt, emitted, hall, noted, parked, runtime, Seen, took, Wrote } from '../hall';

const recorded = (event: NewEvent, also: Partial<Recorded> = {}): Recorded => ({
  ...{ ...event, stream: 'hall-a', version: 4, position: 44 },
  ...also,
});
const rowOf = (entry: Entry) => recorded(encodeRow(entry, 'row-1', 77));
function decoded(row: Recorded, { definition = hall, blind = false } = {}): Entry {
  const meta = metaOf(row);
  return decodeRow(definition, row, meta, meta.cause ?? causeAt(0), runtime, blind);
}
const raw = (type: string, meta: object, data = '{}'): Recorded =>
  recorded({ id: 'row-1', type, data, meta: JSON.stringify({ cause: causeAt(3), ...meta }), time: 77 });
/** Without the fields that are undefined. */
const plain = (entry: Entry): unknown => JSON.parse(JSON.stringify(entry));

/** What each kind may say, each of it or not. */
const OPTIONAL = {
  took: { of: 3, from: 'park@3', as: 'Arrived', by: 'ada', why: 'w"hy', refused: 'no\n', discarded: 'nothing', late: true },
  parked: { of: 3, from: 'park@3', as: 'Arrived', by: 'ada', why: 'why', stack: 'Error: x\n  at y' },
  noted: { reason: 'it threw', attempts: 3, stack: 'Error' },
};
function some<T extends object>(fields: T, roll: (limit: number) => number): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(() => roll(2) === 0)) as Partial<T>;
}

test('every kind of row comes back from the log as it was written, whatever it says of what it may say', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const roll = dice(seed);
    const cause = { id: `c "${roll(9)}"\\é`, source: 'lo"g', position: roll(1_000) };
    const park = (['failed', 'behind', 'conflict', 'late', 'invalid'] as const)[roll(5)] ?? 'failed';
    const note = (['retried', 'skipped', 'released'] as const)[roll(3)] ?? 'retried';
    const numbers = { reason: `r${roll(9)}`, attempts: roll(9), at: roll(9_999) };
    const entries: Entry[] = [
      took(new Came({ n: roll(9), note: 'é"\\' }), 1, { ...some(OPTIONAL.took, roll), cause }),
      took(new Wrote({ text: 'hi' }), 1, { ...some(OPTIONAL.took, roll), cause }),
      parked(new Came({ n: roll(9) }), 1, { ...some(OPTIONAL.parked, roll), ...numbers, park, cause }),
      { ...noted(note, roll(9)), ...some(OPTIONAL.noted, roll), cause },
      { ...armed(1, `k${roll(9)}`, 5_000 + roll(999)), cause },
      { ...cancelled(1, `k${roll(9)}`), cause },
      { kind: 'closed', type: '', cause, content: '{"marks":[]}', version: 1 },
      { ...emitted(new Came({ n: roll(9) }), 1), cause },
    ];
    for (const entry of entries) expect(plain(decoded(rowOf(entry)))).toEqual(plain(entry));
  }
});

test('a row has the id and time it is given, its kind as a prefix of its type, and its content as data', () => {
  const came = new Came({ n: 1 });
  const rows = [took(came, 1), parked(came, 1), noted('skipped', 0), armed(1), cancelled(1), emitted(came, 1)].map(rowOf);
  expect(rows.map(({ type }) => type)).toEqual(['took:Came', 'parked:Came', 'parked:Came', 'timer:Rang', 'timer:Rang', 'Came']);
  for (const row of rows) expect(row).toMatchObject({ id: 'row-1', time: 77 });
  expect(rows[0]?.data).toBe('{"n":1}');
  expect(rowOf({ kind: 'closed', type: '', cause: causeAt(1), content: '{}', version: 1 }).type).toBe('took:~closed');
});

test('each row names its own cause', () => {
  const cause = { id: 'é"\n', source: 'so\\urce', position: 12 };
  expect(metaOf(rowOf(took(new Came({ n: 1 }), 1, { cause }))).cause).toEqual(cause);
});

test('what is taken in comes back as a message of its class, with the digest and the key of its content', () => {
  const row = decoded(rowOf(took(new Came({ n: 7 }), 1)));
  expect(row).toMatchObject({ kind: 'took', once: 7, digest: { kind: 'content', text: '{"n":7}' } });
  expect(row.kind === 'took' && row.message).toBeInstanceOf(Came);
});

test('the key of an input is there although no fold takes it, and although only the gates need the row', () => {
  const row = rowOf(took(new Bid({ offer: 'a' }), 1));
  expect(metaOf(row).once).toBe('a');
  expect(decoded(row)).toMatchObject({ kind: 'took', once: 'a' });
  expect(decoded(row, { blind: true })).toMatchObject({ kind: 'took', once: 'a', message: { type: '' } });
});

test('an event that no fold takes is not read', () => {
  expect(decoded(recorded({ ...encodeRow(emitted(new Seen({ text: 'x' }), 1), 'id', 0), data: 'not JSON' }))).toMatchObject({
    ...{ kind: 'emitted', type: 'Seen', content: 'not JSON', message: { type: '' } },
  });
});

test('a row whose personal data was erased has a digest that compares with nothing', () => {
  for (const entry of [took(new Came({ n: 1 }), 1), parked(new Came({ n: 1 }), 1)])
    expect(decoded({ ...rowOf(entry), erased: true })).toMatchObject({ digest: { kind: 'erased' } });
});

test('timers of format 1, which stand among the parked rows, are read as deadlines', () => {
  expect(decoded(raw('parked:Rang', { park: 'due', key: 'k', due: 500 }))).toMatchObject({
    kind: 'armed',
    type: 'Rang',
    key: 'k',
    due: 500,
  });
  expect(decoded(raw('parked:Rang', { park: 'cancelled', key: 'k' }))).toMatchObject({ kind: 'cancelled', type: 'Rang', key: 'k' });
  expect(decoded(raw('parked:Rang', { park: 'cancelled' }))).toMatchObject({ kind: 'cancelled', key: '' });
});

test('the kind of a row is read from its type and meta', () => {
  const kinds = (type: string, ...metas: RowMeta[]) => metas.map((meta) => kindOf(type, meta));
  expect(kinds('took:Came', {}, { park: 'failed' })).toEqual([1, 2].map(() => ({ kind: 'took', type: 'Came' })));
  expect(kinds('timer:Rang', { due: 0 }, {}).map(({ kind }) => kind)).toEqual(['armed', 'cancelled']);
  expect(
    kinds('parked:Came', { park: 'behind' }, { park: 'retried' }, { park: 'skipped' }, { park: 'released' }).map((k) => k.kind),
  ).toEqual([...['parked', 'noted', 'noted', 'noted']]);
  expect(kinds('took:~closed', {})).toEqual([{ kind: 'closed', type: '' }]);
  expect(kinds('Came', {})).toEqual([{ kind: 'emitted', type: 'Came' }]);
});

test('texts of people and of errors are cut: reasons at 1,000 characters, stacks at 4,000', () => {
  const long = 'x'.repeat(5_000);
  const lengths = (entry: Entry) => {
    const { by, why, reason, refused, discarded, stack } = metaOf(rowOf(entry));
    return [by, why, reason, refused, discarded, stack].map((text) => text?.length);
  };
  const signed = { by: long, why: long };
  const input = took(new Came({ n: 1 }), 1, { ...signed, refused: long, discarded: long });
  expect(lengths(input)).toEqual([1_000, 1_000, undefined, 1_000, 1_000, undefined]);
  for (const entry of [parked(new Came({ n: 1 }), 1), noted('retried', 0)])
    expect(lengths({ ...entry, ...signed, reason: long, stack: long })).toEqual([1_000, 1_000, 1_000, undefined, undefined, 4_000]);
});

test('what identifies is never cut', () => {
  const long = 'x'.repeat(5_000);
  const cause = { id: long, source: long, position: 1 };
  const input = took(new Came({ n: 1 }), 1, { cause, once: long, from: long, as: long });
  expect(metaOf(rowOf(input))).toMatchObject({ cause, once: long, from: long, as: long });
  expect(metaOf(rowOf(armed(1, long)))).toMatchObject({ key: long });
});

test('the meta of a row by others is empty; one that is no JSON object is damage', () => {
  for (const meta of ['', '{}']) expect(metaOf(recorded({ id: 'a', type: 'Came', data: '{}', meta, time: 0 }))).toEqual({});
  for (const meta of ['{', '[]', '7']) {
    const row = recorded({ id: 'a', type: 'Came', data: '{}', meta, time: 0 });
    expect(() => metaOf(row)).toThrow('LOG_DAMAGED');
  }
});

describe('schema versions and names', () => {
  const upcast = { 1: ({ n }: Readonly<Record<string, unknown>>) => ({ count: n }) };
  class Counted extends Event('Counted', { version: 2, upcast, aliases: ['Tallied'] })<{ count: number }> {}
  @Saga('tally', { retired: ['Gone'] })
  class Tally extends Actor<{ readonly sum: number }, Counted> {
    initial() {
      return { sum: 0 };
    }
    key() {
      return 'a';
    }
    @Handles(Counted, { once: 'count' }) onCounted() {
      return [];
    }
    @Applies(Counted) counted({ count }: Counted, { sum }: { sum: number }) {
      return { sum: sum + count };
    }
  }
  const definition = define(Tally, new Tally()) as ActorDefinition;

  test('the version of a row is kept where it is not 1', () => {
    expect(rowOf({ ...took(new Came({ n: 1 }), 1), version: 3 }).meta).toContain('"v":3');
    expect([rowVersion(rowOf({ ...took(new Came({ n: 1 }), 1), version: 3 })), rowVersion(rowOf(took(new Came({ n: 1 }), 1)))]).toEqual([
      3, 1,
    ]);
    expect(rowOf(took(new Came({ n: 1 }), 1)).meta).not.toContain('"v"');
  });

  test('an older version is upcast, and compared by what it says today', () => {
    const now = decoded(raw('took:Counted', { v: 1 }, '{"n":4}'), { definition });
    expect(now).toMatchObject({ type: 'Counted', once: 4, message: { count: 4 }, digest: { text: canonical(new Counted({ count: 4 })) } });
  });

  test('a row under a former name has the name of today, and says as what it was written', () => {
    expect(decoded(raw('took:Tallied', { v: 2 }, '{"count":4}'), { definition })).toMatchObject({
      type: 'Counted',
      as: 'Tallied',
      once: 4,
    });
    expect(decoded(raw('Tallied', { v: 2 }, '{"count":4}'), { definition })).toMatchObject({ kind: 'emitted', type: 'Counted' });
  });

  test('a newer version, an unknown type that matters and an unknown field need newer code; a retired type does not', () => {
    const needs = (row: Recorded, of = definition) => newerRow(of, row, metaOf(row))?.needs;
    expect(needs(raw('took:Counted', { v: 3 }))).toBe('Counted version 3');
    expect(['took:Foreign', 'parked:Foreign', 'timer:Foreign'].map((type) => needs(raw(type, { due: 5 }), hall))).toEqual(
      Array(3).fill('Foreign'),
    );
    expect([needs(raw('Foreign', { folded: true })), needs(raw('Foreign', {}))]).toEqual(['Foreign', undefined]);
    expect([needs(raw('timer:Foreign', {})), needs(raw('parked:Foreign', { park: 'skipped', of: 1 }))]).toEqual([undefined, undefined]);
    expect(needs(raw('took:Counted', { split: 7 }))).toBe('the field "split"');
    expect([needs(raw('took:Counted', { $causationId: 'x' })), needs(raw('took:Gone', {}))]).toEqual([undefined, undefined]);
    expect(needs(raw('parked:Counted', { park: 'later' }))).toBe('the park "later"');
    expect(needs(raw('took:~closed', {}, '{"marks":[],"keys":[],"released":[],"sums":[]}'))).toBe('the field "sums" of a closing row');
    expect(decoded(raw('took:Gone', {}), { definition })).toMatchObject({ kind: 'took', type: 'Gone' });
    expect(decoded(raw('took:Counted', { v: 3, once: 9 }), { definition, blind: true })).toMatchObject({ kind: 'took', once: 9 });
  });
});

describe('what a row is compared by', () => {
  test('its key is the one of today’s `once`; where today’s class makes none of it, and where it was erased, the one that stands in the row', () => {
    expect(decoded(raw('took:Came', { once: 'old' }, '{"n":4}'))).toMatchObject({ once: 4 });
    expect(decoded(raw('parked:Came', { once: 'old', park: 'failed' }, '{"n":4}'))).toMatchObject({ once: 4 });
    expect(decoded(raw('took:Came', { once: 'old' }, '{"m":4}'))).toMatchObject({ once: 'old' });
    expect(decoded({ ...raw('took:Came', { once: 'old' }, '{"n":4}'), erased: true })).toMatchObject({
      once: 'old',
      digest: { kind: 'erased' },
    });
  });
});
