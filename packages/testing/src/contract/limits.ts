import assert from 'node:assert/strict';
import type { NewEvent, Store, Write } from '@waybill/core';
import { LIMITS } from '@waybill/core/store-kit';
import type { Bench, ContractCase } from './bench';
import { event, ids, mustRefuse, put } from './bench';

/** 512 bytes of UTF-8 in 1-, 2-, 3- and 4-byte characters. */
const longest = ['x', '\u00e9', '\u4e2d', '\u{1f600}'].map((one) => {
  const bytes = Buffer.byteLength(one);
  return one.repeat(Math.floor(LIMITS.name / bytes)) + 'x'.repeat(LIMITS.name % bytes);
});
const badNames = ['', '\0', 'a\0b', '\ud800', 'a\udc00', '\udc00\ud800', ...longest.map((name) => `${name}x`)];
const badTexts = ['', '"\0"', '"\ud83d"', '"\ude00"'];

export const nameCases: readonly ContractCase[] = [
  {
    title: 'names: stream names and types of 512 bytes, in any script, are kept apart and read back as given',
    async run({ store }) {
      const names = [...longest, 'a\u0301', '\u00e1', 'I', 'i', '\u0130', ' ', 'a', 'a ', 'a\n', '\ufeff', '\ufeffa'];
      for (const name of names) await put(store, name, 'none', [event(name)]);
      for (const name of names) {
        const [row, ...more] = await store.read(name);
        assert.deepEqual([row?.stream, row?.type, row?.version, more.length], [name, name, 0, 0]);
      }
    },
  },
  {
    title: 'names: event ids of 512 bytes, in any script, are read back as given and compared whole',
    async run({ store }) {
      const rows = longest.map((id) => event('Noted', { id }));
      const first = await put(store, 's', 'none', rows);
      assert.deepEqual(ids(await store.read('s')), longest);
      assert.deepEqual({ ...(await put(store, 's', 'none', rows)) }, { ...first });
    },
  },
  {
    title: 'names: stream names that look like SQL, patterns or paths are names like any other',
    async run({ store }) {
      const names = [
        "'; DROP TABLE events; --",
        '"',
        '`',
        '$all',
        '$1',
        '?',
        ':a',
        '%',
        '_',
        '*',
        'order-%',
        'order-1',
        'order-10',
        'ORDER-1',
      ];
      names.push('../../etc/passwd', '/', 'C:\\con', 'a/b', '..', 'null', '0', '-1', '__proto__', 'constructor', '{}', '{"a":1}');
      const rows = names.map(() => event());
      for (const [i, name] of names.entries()) await put(store, name, 'none', rows.slice(i, i + 1));
      for (const [i, name] of names.entries()) assert.deepEqual(ids(await store.read(name)), [rows[i]?.id]);
    },
  },
  {
    title: 'names: one that is empty, too long, holds NUL or half a surrogate pair is refused, and nothing of the call is stored',
    async run(bench) {
      for (const name of badNames) {
        await mustRefuseBoth(bench, 'WRITE_BAD_NAME', { stream: name, expected: 'none', events: [event()] });
        for (const over of [{ id: name }, { type: name }]) await mustRefuseEvent(bench, 'WRITE_BAD_NAME', over);
      }
    },
  },
];

export const payloadCases: readonly ContractCase[] = [
  {
    title: 'payload: data and meta are read back byte for byte: white space, escapes, order and repetition of keys, numbers beyond doubles',
    async run(bench) {
      const texts = [
        '{ "b" : 1,\n\t"a":  2 }',
        ' null ',
        '"\\u0041\\/\\u0000"',
        '"\\ud800"',
        '"\\ud83d\\ude00"',
        '"\u{1f600}\u2028\u2029\ufeff\u007f"',
      ];
      texts.push('{"a":1,"a":2,"__proto__":{}}', '[12345678901234567890,1e400,-0,1.0]', '"\ufffd\u0301\uffff"', '0', '[]', '"\'"');
      const rows = texts.map((text, i) => event('Noted', { data: text, meta: texts.at(-1 - i) ?? '', time: i * 1_000_000_000_000 }));
      await put(bench.store, 's', 'none', rows);
      for (const read of [await bench.store.read('s'), await bench.shown(bench.store, { after: 0 })]) {
        assert.deepEqual(
          read.map(({ id, type, data, meta, time }) => ({ id, type, data, meta, time })),
          rows,
        );
      }
    },
  },
  {
    title: 'payload: an event of exactly 1 MiB, or of the most that a write may hold, is stored whole; limits count bytes, not characters',
    async run({ store }) {
      for (const one of ['x', '\u00e9', '\u4e2d', '\u{1f600}']) {
        const row = sized(limitsOf(store).event, one);
        await put(store, one, 'none', [row]);
        const [read] = await store.read(one);
        assert.ok(read?.data === row.data && read.meta === row.meta);
      }
    },
  },
  {
    title: 'payload: an event of 1 byte more, data and meta together, is refused, and nothing of the call is stored',
    async run(bench) {
      for (const one of ['x', '\u00e9', '\u4e2d', '\u{1f600}'])
        await mustRefuseEvent(bench, 'WRITE_TOO_LARGE', sized(limitsOf(bench.store).event + 1, one));
    },
  },
  {
    title:
      'payload: a write of exactly 4 MiB, or of the limit of the store, is stored, two of them in one call too; 1 byte more is refused, and nothing of the call is stored',
    async run(bench) {
      const { store } = bench;
      const { write } = limitsOf(store);
      const full = () => parts(store, write);
      await mustRefuseBoth(bench, 'WRITE_TOO_LARGE', { stream: 's', expected: 'none', events: parts(store, write + 1) });
      const written = await store.append(['a', 'b'].map((stream) => ({ stream, expected: 'none', events: full() })));
      assert.deepEqual(
        written.map((one) => one.ok),
        [true, true],
      );
      const read = await store.read('b');
      assert.equal(
        read.reduce((sum, { data, meta }) => sum + data.length + meta.length, 0),
        write,
      );
    },
  },
  {
    title:
      'payload: data or meta that is not JSON text, or could be read back as another text, is refused, and nothing of the call is stored',
    async run(bench) {
      for (const text of badTexts)
        for (const over of [{ data: text }, { meta: text }]) await mustRefuseEvent(bench, 'WRITE_BAD_TEXT', over);
    },
  },
  {
    title: 'payload: a time or an expected version that is not a whole number from 0 up is refused, and nothing of the call is stored',
    async run(bench) {
      for (const number of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
        await mustRefuseEvent(bench, 'WRITE_BAD_NUMBER', { time: number });
        await mustRefuseBoth(bench, 'WRITE_BAD_NUMBER', { stream: 's', expected: number, events: [event()] });
      }
    },
  },
];

/** Bytes that one event, and one write, of this store may hold. */
function limitsOf({ maxWrite = LIMITS.write }: Store): { readonly event: number; readonly write: number } {
  return { event: Math.min(LIMITS.event, maxWrite), write: maxWrite };
}

/** As few events as hold `bytes` together, each within its limit. */
function parts(store: Store, bytes: number): readonly NewEvent[] {
  const count = Math.ceil(bytes / limitsOf(store).event);
  return Array.from({ length: count }, (_, n) => sized(Math.floor((bytes + n) / count), 'x'));
}

/** An event with `bytes` of data and meta; its data is filled with `one`. */
function sized(bytes: number, one: string): NewEvent {
  const room = bytes - '""{}'.length;
  const fill = one.repeat(Math.floor(room / Buffer.byteLength(one)));
  return event('Noted', { data: `"${fill}${'x'.repeat(room - Buffer.byteLength(fill))}"`, meta: '{}' });
}

function mustRefuseEvent(bench: Bench, code: string, over: Partial<NewEvent>): Promise<void> {
  return mustRefuseBoth(bench, code, { stream: 's', expected: 'none', events: [event(), event('Noted', over)] });
}

/** Refused although a good write of another stream comes before it; neither is stored. */
async function mustRefuseBoth({ store }: Bench, code: string, bad: Write): Promise<void> {
  const good = { stream: 'good', expected: 'none', events: [event()] } as const;
  await mustRefuse(code, () => store.append([good, bad]));
  assert.deepEqual(await store.read('good'), []);
  assert.equal(await store.head(), 0);
}
