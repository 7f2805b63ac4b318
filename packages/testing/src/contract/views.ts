import assert from 'node:assert/strict';
import type { ViewRow } from '@waybill/core/store-kit';
import type { ContractCase } from './bench';
import { mustRefuse } from './bench';
import { at, row } from './view-order';

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
      title:
        'views: what holds a row up is kept beside it byte for byte, and gone once a write leaves it out; without a text the row is none',
      async run({ views }) {
        const held = { key: 'a', row: '{"at":4}', blocked: ' {"from" : 4}', position: 4 };
        const empty = { key: 'b', row: undefined, blocked: '{}', position: 5 };
        assert.deepEqual(
          await views.write(
            'v',
            [held, empty].map((one) => ({ ...one, expected: 0 })),
          ),
          [true, true],
        );
        assert.deepEqual([sorted(await views.load('v', ['b', 'a'])), await views.all('v')], [[held, empty], [held]]);
        assert.deepEqual(await views.write('v', [{ ...held, blocked: '{"from":5}', position: 6, expected: 5 }]), [false]);
        assert.deepEqual(await views.load('v', ['a']), [held]);
        assert.deepEqual(await views.write('v', [at('a', 7, 4), { ...at('b', 8, 5), blocked: undefined }]), [true, true]);
        assert.deepEqual(await views.all('v'), [row('a', 7), row('b', 8)]);
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
  ] satisfies readonly ContractCase[]
).map((one: ContractCase) => ({ ...one, needs: ['views', ...(one.needs ?? [])] }));

function sorted(rows: readonly ViewRow[]): readonly ViewRow[] {
  return [...rows].sort((a, b) => (a.key < b.key ? -1 : 1));
}
