import fc from 'fast-check';
import { canonical, IndexSet } from '@waybill/core';
import { difference, MAX_BYTES, MAX_DEPTH } from '@waybill/core/internal';

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? { a: value } : [value];
  return value;
}
const REFUSED = /"(?:__proto__|constructor)":/;

describe('canonical content', () => {
  test('does not depend on the order of keys, nor on undefined fields', () => {
    expect(canonical({ b: 1, a: { d: [1, { y: 2, x: 1 }], c: undefined } })).toBe('{"a":{"d":[1,{"x":1,"y":2}]},"b":1}');
    expect(canonical({ a: undefined })).toBe('{}');
  });

  test('keeps the order of lists, and null in place of what is not there', () => {
    expect(canonical([3, undefined, 1])).toBe('[3,null,1]');
    expect(canonical(new Array(2))).toBe('[null,null]');
  });

  test('tells apart what JSON tells apart: a number and its text, null and absent, [] and {}', () => {
    const texts = [{ a: 1 }, { a: '1' }, { a: null }, {}, { a: [] }, { a: {} }, { a: false }, { a: 0 }, { a: '' }].map((value) =>
      canonical(value),
    );
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('knows one zero', () => {
    expect(canonical({ a: -0 })).toBe('{"a":0}');
  });

  test('is ASCII where JSON would break: a lone surrogate is escaped, and comes back', () => {
    const lone = { 'k\ud800': 'v\udfff' };
    expect(canonical(lone)).toBe('{"k\\ud800":"v\\udfff"}');
    expect(JSON.parse(canonical(lone))).toEqual(lone);
    expect(canonical({ a: '\u{1f69a}"\\\n' })).toBe('{"a":"\u{1f69a}\\"\\\\\\n"}');
  });

  test.each<[string, unknown, string]>([
    ['NaN', { total: { net: Number.NaN } }, 'total.net is NaN'],
    ['Infinity', { n: Infinity }, 'n is Infinity'],
    ['a bigint', { n: 1n }, 'n is a bigint'],
    ['a function', { f: () => 1 }, 'f is a function'],
    ['a symbol', { s: Symbol('s') }, 's is a symbol'],
    ['a Date', { lines: [{ at: new Date(0) }] }, 'lines.0.at is a Date'],
    ['a Map', { m: new Map() }, 'm is a Map'],
    ['a Set', { m: new Set() }, 'm is a Set'],
    ['an IndexSet', { items: IndexSet.of(1) }, 'items is a IndexSet'],
    ['an instance of a class', { line: new (class Line {})() }, 'line is a Line'],
    ['a Buffer', { b: Buffer.from('x') }, 'b is a Buffer'],
    ['nothing', undefined, 'the value is a undefined'],
  ])('refuses %s, and names the place', (_, value, what) => {
    expect(() => canonical(value)).toThrow(expect.objectContaining({ code: 'CONTENT_NOT_JSON', message: expect.stringContaining(what) }));
  });

  test.each(['__proto__', 'constructor'])('refuses the key %j at any depth', (key) => {
    const value = { lines: [JSON.parse(`{"${key}":{"polluted":true}}`) as unknown] };
    expect(() => canonical(value)).toThrow(`CONTENT_FORBIDDEN_KEY: the key "${key}" is not accepted (at lines.0.${key})`);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('takes keys that only look dangerous', () => {
    expect(canonical({ prototype: 1, toString: 2, hasOwnProperty: 3, '': 4 })).toBe('{"":4,"hasOwnProperty":3,"prototype":1,"toString":2}');
    expect(canonical(Object.assign(Object.create(null) as object, { a: 1 }))).toBe('{"a":1}');
  });

  test(`is at most ${MAX_DEPTH} levels deep, which ends cycles, too`, () => {
    expect(canonical(nested(MAX_DEPTH))).toContain('1');
    expect(() => canonical(nested(MAX_DEPTH + 1))).toThrow('CONTENT_TOO_DEEP');
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(() => canonical(cycle)).toThrow(/CONTENT_TOO_DEEP: nested deeper than 64 \(at self\.self/);
  });

  test(`is at most ${MAX_BYTES} bytes, counted as UTF-8`, () => {
    const fits = 'x'.repeat(MAX_BYTES - '{"a":""}'.length);
    expect(canonical({ a: fits })).toHaveLength(MAX_BYTES);
    expect(() => canonical({ a: `${fits}x` })).toThrow('CONTENT_TOO_LARGE');
    expect(canonical({ a: '€'.repeat(300_000) })).toContain('€');
    expect(() => canonical({ a: '€'.repeat(350_000) })).toThrow('CONTENT_TOO_LARGE');
  });

  test('an error never holds the value', () => {
    expect(() => canonical({ card: '4111', n: Number.NaN })).not.toThrow('4111');
  });

  test('of any JSON value parses back to that value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!REFUSED.test(text));
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(text));
      }),
    );
  });

  test('is the same for two values if and only if they are equal as JSON', () => {
    const small = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom<unknown>(0, -0, 1, '', '0', 'a', null, true, undefined),
        fc.array(tie('value'), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom('a', 'b'), tie('value'), { maxKeys: 2 }),
      ),
    })).value;
    const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify({ value }));
    fc.assert(
      fc.property(small, small, (a, b) => {
        expect(canonical({ value: a }) === canonical({ value: b })).toBe(equalJson(asJson(a), asJson(b)));
      }),
      { numRuns: 2_000 },
    );
  });

  test('does not change when the keys of every object are shuffled', () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, field]) => [key, shuffled(field)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!REFUSED.test(JSON.stringify(value)));
        expect(canonical(shuffled(value))).toBe(canonical(value));
      }),
    );
  });
});

/** Equality of JSON values, written down once more and differently. */
function equalJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => equalJson(item, b[i]));
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) || Array.isArray(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every(
    (key) => key in a && key in b && equalJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}

describe('the difference of two contents', () => {
  test('names the fields that differ, with both sides, bounded', () => {
    expect(difference('{"a":1,"b":[1,2],"c":"x"}', '{"a":1,"b":[2,1],"d":null}')).toEqual([
      { field: 'b', first: '[1,2]', second: '[2,1]' },
      { field: 'c', first: '"x"', second: undefined },
      { field: 'd', first: undefined, second: 'null' },
    ]);
    expect(difference('{"a":1}', '{"a":1}')).toEqual([]);
    expect(difference('{}', canonical({ a: 'x'.repeat(500) }))[0]?.second).toHaveLength(200);
  });
});
