import assert from 'node:assert/strict';
import type { ViewRow } from '@waybill/core/store-kit';
import type { ContractCase } from './bench';

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

export const viewOrderCases: readonly ContractCase[] = (
  [
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

export function row(key: string, position: number): ViewRow {
  return { key, row: `{"at":${position}}`, position };
}

export function at(key: string, position: number, expected: number) {
  return { key, row: `{"at":${position}}`, position, expected };
}
