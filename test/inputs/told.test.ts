import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe as described, show } from '@waybill/core/store-kit';
import { Handler, memoryStore, On, Projection } from 'waybill';
import type { UseClass } from 'waybill';
import { onDisk } from './table/log';
import { applies, as, Came, deciding, goodRow, handles, loose, made, parkedReason, row, running, saga, Timed } from './table/scenes';

/** What neither throws nor stops anybody, whatever was thrown or written. */
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const THROWN: readonly (readonly [string, () => unknown])[] = [
  ['an object without a prototype', () => Object.create(null)],
  ['an error whose message throws', () => Object.defineProperty(new Error(), 'message', { get: () => as<() => never>(undefined)() })],
  ['an error whose stack throws', () => Object.defineProperty(new Error(), 'stack', { get: () => as<() => never>(undefined)() })],
  ['an error whose message is a symbol', () => Object.assign(new Error(), { message: Symbol('why') })],
  ['a revoked Proxy', revoked],
  ['undefined', () => undefined],
  ['a text without an end', () => 'x'.repeat(2_000_000)],
];

test('show() tells of a function or class by its name, bounded', () => {
  expect(show(class Halls {})).toBe('Halls');
  expect(show(() => readFileSync(join(__dirname, 'told.test.ts')))).toBe('a function');
  const odd = [
    parkedReason,
    Symbol('x'.repeat(500)),
    10n ** 500n,
    'x'.repeat(500),
    Object.defineProperty(class {}, 'name', { value: 7 }),
    revoked(),
    new Proxy(show, {}),
  ];
  for (const value of odd) expect(show(value).length).toBeLessThan(100);
});

describe.each(THROWN)('%s', (_, thrown) => {
  const boom = (e: unknown): unknown => {
    if (as<Came>(e).n === undefined) throw thrown();
    return [];
  };
  const KINDS: readonly (readonly [string, () => UseClass])[] = [
    ['a saga', () => deciding(boom, { retry: { attempts: 1 } })],
    ['key()', () => made((T) => ((T.prototype.key = (e) => (boom(e), 'a')), handles(T, Came), saga(T)))],
    [
      'a handler',
      () =>
        made(
          (T) => (
            (T.prototype.handle = boom),
            loose(On(Came))(T.prototype, 'handle'),
            loose(Handler('mail', { delivery: 'at-least-once', retry: { attempts: 1 } }))(T)
          ),
        ),
    ],
    ['a projection', () => made((T) => ((T.prototype.apply = (e, s) => (boom(e), s)), applies(T, Came), loose(Projection('rows'))(T)))],
  ];

  test('describe() tells of it, bounded', () => {
    expect(described(thrown()).length).toBeLessThan(20_000);
  });

  test.each(KINDS)('thrown by %s, is parked and stops nobody', async (_, use) => {
    expect(typeof (await parkedReason(use(), row('Came', { id: 'bad' })))).toBe('string');
  });
});

test.each([
  ['no JSON', 'other-x'],
  ['null', 'other-x'],
  ['{"park":"due","key":"a","due":"soon"}', 'other-x'],
  ['no JSON', 'halls-x'],
  ['null', 'halls-x'],
  ['{"park":"due","key":"a","due":"soon"}', 'halls-x'],
])('a row named like a deadline, whose meta is %s, in a stream %s, stops no saga', async (meta, stream) => {
  const use = made((T) => ((T.prototype.apply = () => []), handles(T, Came), handles(T, Timed, { deadline: true }, 'apply'), saga(T)));
  const store = memoryStore();
  await running(
    [use],
    async (app) => {
      const writes = [
        { stream, events: [row('parked:Timed', { id: 'x' }, { meta })] },
        { stream: 'feed', events: [goodRow(1)] },
      ];
      await store.append(writes.map((write) => ({ ...write, expected: 'none' })));
      await app.settled();
      expect(app.counts().applied).toBe(1);
    },
    { store },
  );
});

test('a deadline of a type that was retired is let go of', async () => {
  const armed = { type: 'Gone', meta: JSON.stringify({ park: 'due', key: '', due: 0 }), stream: 'halls-a', version: 1 };
  await expect(onDisk(armed, { retired: ['Gone'] })).resolves.toBeUndefined();
});
