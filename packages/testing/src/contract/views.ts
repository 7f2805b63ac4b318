import assert from 'node:assert/strict';
import type { ViewRow } from '@waybill/core';
import type { ContractCase } from './bench';
import { mustRefuse } from './bench';

/** In order of code point, which is not the order of JavaScript strings. */
const SCRIPTS = [
  ' ',
  '%',
  "'; --",
  'A',
  'a',
  'a\n',
  'a\u0301',
  'b',
  '\u00df',
  '\u00e1',
  '\u4e2d',
  '\uffee',
  '\u{1f600}',
  '\u{1f600}a',
  '\u{1f601}',
];

export const viewCases: readonly ContractCase[] = (
  [
    {
      title: 'views: a row and its position are written together and loaded byte for byte; a row that does not exist is left out',
      async run({ views }) {
        const rows = [
          { key: 'a', row: '{ "open" : true }', position: 4 },
          { key: 'b', row: '"\\ud800"', position: 5 },
        ];
        assert.deepEqual(
          await views.write(
            'v',
            rows.map((row) => ({ ...row, expected: 0 })),
          ),
          [true, true],
        );
        assert.deepEqual(sorted(await views.load('v', ['b', 'never', 'a'])), rows);
        for (const other of ['w', 'V', 'v ']) assert.deepEqual([await views.load(other, ['a']), await views.all(other)], [[], []]);
        assert.deepEqual(await views.load('v', []), []);
      },
    },
    {
      title:
        'views: a row is written only if it is still at the expected position; each write succeeds or fails alone, with results in order',
      async run({ views }) {
        await views.write('v', [at('a', 4, 0), at('b', 4, 0)]);
        const held = await views.write('v', [at('c', 9, 4), at('a', 9, 4), at('b', 9, 3), at('d', 9, 0)]);
        assert.deepEqual(held, [false, true, false, true]);
        assert.deepEqual(await views.write('v', [at('a', 10, 0)]), [false]);
        assert.deepEqual(await views.write('v', []), []);
        assert.deepEqual(sorted(await views.all('v')), [row('a', 9), row('b', 4), row('d', 9)]);
      },
    },
    {
      title: 'views: a row may go back to a lower position: only the expected one decides; its text keeps the space that it begins with',
      async run({ views }) {
        const text = ' {"at" : 9}';
        await views.write('v', [{ key: 'a', row: text, position: 9, expected: 0 }]);
        assert.deepEqual(await views.load('v', ['a']), [{ key: 'a', row: text, position: 9 }]);
        assert.deepEqual(await views.write('v', [at('a', 4, 8), at('a', 5, 9), at('a', 6, 9)]), [false, true, false]);
        assert.deepEqual(await views.all('v'), [row('a', 5)]);
        assert.deepEqual(await views.write('v', [at('a', 7, 5)]), [true]);
      },
    },
    {
      title: 'views: of two writers at one position one wins',
      needs: ['second'],
      async run(bench) {
        const other = (await bench.second()).views;
        for (let n = 0; n < 10; n++) {
          const key = `k-${n}`;
          const held = await Promise.all([bench.views.write('v', [at(key, 3, 0)]), other?.write('v', [at(key, 5, 0)])]);
          assert.equal(held.flat().filter(Boolean).length, 1);
          assert.deepEqual(await bench.views.load('v', [key]), [row(key, held[0]?.[0] ? 3 : 5)]);
        }
      },
    },
    {
      title: 'views: a deleted row keeps its position: a late write does not bring it back, a newer one may',
      async run({ views }) {
        await views.write('v', [at('a', 4, 0), at('b', 4, 0)]);
        const gone = { key: 'a', row: undefined, position: 7 };
        assert.deepEqual(await views.write('v', [{ ...gone, expected: 4 }]), [true]);
        assert.deepEqual(await views.load('v', ['a']), [gone]);
        assert.deepEqual(await views.all('v'), [row('b', 4)]);
        assert.deepEqual(await views.write('v', [at('a', 8, 0), at('a', 8, 4)]), [false, false]);
        assert.deepEqual(await views.write('v', [at('a', 8, 7)]), [true]);
        assert.deepEqual(await views.all('v'), [row('a', 8), row('b', 4)]);
      },
    },
    {
      title: 'views: all returns every row in order of key by code point, in any script, and no two keys are confused',
      async run({ views }) {
        const shuffled = SCRIPTS.map((_, i) => SCRIPTS[(i * 4) % SCRIPTS.length] ?? '');
        await views.write(
          'v',
          shuffled.map((key) => at(key, 1, 0)),
        );
        assert.deepEqual(
          (await views.all('v')).map((one) => one.key),
          SCRIPTS,
        );
        assert.equal((await views.load('v', shuffled)).length, SCRIPTS.length);
      },
    },
    {
      title: 'views: pages after a key hold the rows above it, in the same order, as many as asked for, fewer only at the end',
      async run({ views }) {
        const named = [...SCRIPTS, ...Array.from({ length: 40 }, (_, n) => `\u{1f602}${String(n).padStart(2, '0')}`)];
        await views.write(
          'v',
          named.flatMap((key) => [at(key, 1, 0), at(`${key}\u{1f600}`, 1, 0)]),
        );
        await views.write(
          'v',
          named.map((key) => ({ key: `${key}\u{1f600}`, row: undefined, position: 2, expected: 1 })),
        );
        const whole = await views.all('v');
        assert.equal(whole.length, named.length);
        for (const limit of [1, 7, named.length, 1_000]) {
          const paged: ViewRow[] = [];
          for (let page = await views.all('v', { limit }); page.length > 0;) {
            paged.push(...page);
            assert.ok(page.length === limit || paged.length === whole.length, 'a page is short only at the end');
            assert.ok(paged.length <= whole.length, 'no row comes twice');
            page = await views.all('v', { after: paged.at(-1)?.key ?? '', limit });
          }
          assert.deepEqual(paged, whole);
        }
        assert.deepEqual(await views.all('v', { after: 'a\n' }), whole.slice(SCRIPTS.indexOf('a\n') + 1));
        assert.deepEqual(await views.all('v', { after: 'ab' }), whole.slice(SCRIPTS.indexOf('a\u0301')));
        assert.deepEqual(await views.all('v', { after: '\u{10ffff}' }), []);
        assert.deepEqual(await views.all('v', { limit: 0 }), []);
      },
    },
    {
      title: 'views: drop forgets the rows of one view and their positions, deleted ones too: each may be written as a new one',
      async run({ views }) {
        const others = ['w', 'V', 'v ', 'vv', '%'];
        for (const view of ['v', ...others]) await views.write(view, [at('a', 4, 0), at('b', 4, 0)]);
        await views.write('v', [{ key: 'b', row: undefined, position: 7, expected: 4 }]);
        await views.drop('v');
        await views.drop('never');
        assert.deepEqual([await views.all('v'), await views.load('v', ['a', 'b'])], [[], []]);
        assert.deepEqual(await views.write('v', [at('a', 2, 4), at('b', 2, 7), at('a', 2, 0), at('b', 3, 0)]), [false, false, true, true]);
        assert.deepEqual(await views.all('v'), [row('a', 2), row('b', 3)]);
        for (const view of others) assert.deepEqual(await views.all(view), [row('a', 4), row('b', 4)]);
        for (const view of ['', '\ud800']) await mustRefuse('WRITE_BAD_NAME', () => views.drop(view));
      },
    },
    {
      title: 'views: a key that could be read back as another one is refused, and nothing of the call is written',
      async run({ views }) {
        for (const key of ['', '\ud800', 'a\0', 'k'.repeat(513)]) {
          await mustRefuse('WRITE_BAD_NAME', () => views.write('v', [at('a', 1, 0), at(key, 1, 0)]));
        }
        assert.deepEqual(await views.all('v'), []);
      },
    },
    {
      title: 'views: 3,000 rows are written and loaded in one call',
      async run({ views }) {
        const keys = Array.from({ length: 3_000 }, (_, n) => `k-${String(n).padStart(4, '0')}`);
        await views.write(
          'v',
          keys.map((key) => at(key, 1, 0)),
        );
        assert.equal((await views.load('v', keys)).length, 3_000);
        assert.deepEqual(
          (await views.all('v')).map((one) => one.key),
          keys,
        );
      },
    },
  ] satisfies readonly ContractCase[]
).map((one: ContractCase) => ({ ...one, needs: ['views', ...(one.needs ?? [])] }));

function row(key: string, position: number): ViewRow {
  return { key, row: `{"at":${position}}`, position };
}

function at(key: string, position: number, expected: number) {
  return { key, row: `{"at":${position}}`, position, expected };
}

function sorted(rows: readonly ViewRow[]): readonly ViewRow[] {
  return [...rows].sort((a, b) => (a.key < b.key ? -1 : 1));
}
