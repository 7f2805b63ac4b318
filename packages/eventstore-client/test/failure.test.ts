import { WaybillError } from '@waybill/core';
import type { Written } from '@waybill/core';
import { Appender } from '../dist/append/appender';
import type { AppendPath } from '../dist/append/appender';
import type { Connection } from '../dist/connection/connection';
import { asError, failureOf } from '../dist/connection/failure';
import { Gate } from '../dist/append/gate';
import { errorOf } from './kit';

/** As the client raises them. */
function raised(code: number | undefined, trailers: Readonly<Record<string, string>> = {}, details = 'the server says so'): Error {
  const metadata = { get: (name: string) => (name in trailers ? [trailers[name]] : []) };
  return Object.assign(new Error(details), code === undefined ? {} : { code, details, metadata });
}

describe('what an error of a call says is told by its code and trailers, never by its type', () => {
  test.each([1, 2, 4, 8, 9, 10, 11, 13, 14, 15, undefined])('code %p: nobody knows what became of the call', (code) => {
    expect(failureOf(raised(code))).toMatchObject({ kind: 'unknown', unreachable: code === undefined || code === 14 });
  });

  test.each([
    [3, 'STORE_REFUSED'],
    [7, 'STORE_ACCESS_DENIED'],
    [12, 'STORE_UNSUPPORTED'],
    [16, 'STORE_ACCESS_DENIED'],
  ])('code %i: nothing was done, and the caller is told %s', (code, told) => {
    expect(asError(failureOf(raised(code)), 'here')).toMatchObject({
      code: told,
      message: expect.stringContaining('the server says so') as string,
    });
  });

  test.each([
    ['not-leader', 5, { kind: 'not-leader' }],
    ['stream-not-found', 5, { kind: 'not-found' }],
    ['stream-deleted', 9, { kind: 'refused', error: { code: 'STORE_STREAM_DELETED' } }],
    ['maximum-append-size-exceeded', 3, { kind: 'refused', error: { code: 'WRITE_TOO_LARGE' } }],
    ['access-denied', 9, { kind: 'refused', error: { code: 'STORE_ACCESS_DENIED' } }],
  ])('%s stands above the code', (exception, code, failure) => {
    expect(failureOf(raised(code, { exception }))).toMatchObject(failure);
  });

  test.each([
    ['7', 7],
    ['0', 0],
    ['', 'none'],
    ['-1', 'none'],
    [undefined, 'none'],
  ])('a wrong version in the trailers, actual %p: the stream stands at %p', (actual, version) => {
    const trailers = { exception: 'wrong-expected-version', ...(actual !== undefined && { 'actual-version': actual }) };
    expect(failureOf(raised(9, trailers))).toEqual({ kind: 'wrong-version', actual: version });
  });

  test('what was thrown is anything: it is of unknown outcome, on one bounded line', () => {
    for (const thrown of [undefined, null, 'text', 5, {}, new TypeError('a\n\n  b'), { code: '14' }]) {
      expect(failureOf(thrown ?? {})).toMatchObject({ kind: 'unknown' });
    }
    expect(failureOf(raised(2, {}, `a\n b${'x'.repeat(1_000)}`))).toMatchObject({
      what: expect.stringMatching(/^status 2: a b.{200,300}…$/) as string,
    });
    const own = new WaybillError('MINE', 'x', 'y');
    expect(failureOf(own)).toEqual({ kind: 'refused', error: own });
  });
});

describe('appends that are under way', () => {
  const connection = { place: 'here', settings: { deadline: 10, maxInFlight: 3 }, mayRepeat: async () => false } as unknown as Connection;
  const append = (n: number) => ({ stream: `s-${n}`, expected: 5, events: [] });

  test('are never more than maxInFlight; the others follow in their order, also behind one that failed', async () => {
    const begun: string[] = [];
    const open: ((written: Written | Error) => void)[] = [];
    const path: AppendPath = ({ stream }) =>
      new Promise((resolve, reject) => {
        begun.push(stream);
        open.push((written) => (written instanceof Error ? reject(written) : resolve(written)));
      });
    const appender = new Appender(connection, path);
    const told = Array.from({ length: 10 }, (_, n) => errorOf(() => appender.append(append(n))).then(({ message }) => message));
    for (let n = 0; n < 10; n++) {
      await new Promise(setImmediate);
      expect(begun).toHaveLength(Math.min(10, n + 3));
      open[n]?.(n % 3 ? { ok: true, version: 0, position: 1 } : raised(7));
    }
    expect(begun).toEqual(Array.from({ length: 10 }, (_, n) => `s-${n}`));
    expect((await Promise.all(told)).map((message) => message.slice(0, 8))).toEqual(
      Array.from({ length: 10 }, (_, n) => (n % 3 ? 'no error' : 'STORE_AC')),
    );
  });

  test('a gate forgets those it let in: 10,000 in turn cost no more than those who wait', async () => {
    const gate = new Gate(1);
    expect(gate.enter()).toBeUndefined();
    const order: number[] = [];
    const waiting = Array.from({ length: 10_000 }, (_, n) => Promise.resolve(gate.enter()).then(() => (order.push(n), gate.leave())));
    gate.leave();
    await Promise.all(waiting);
    expect(order).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
    expect(gate.enter()).toBeUndefined();
    expect((gate as unknown as { waiting: unknown[] }).waiting).toHaveLength(0);
  });

  test('one refused and none stored: the call is told why; one refused and one stored: the call is of unknown outcome', async () => {
    const path: AppendPath = async ({ stream }) => {
      if (stream === 's-0') throw raised(7);
      if (stream === 's-1') return { ok: false, actual: 4 };
      return { ok: true, version: 0, position: 1 };
    };
    const appender = new Appender(connection, path);
    expect(await errorOf(() => appender.all([append(1), append(0)]))).toMatchObject({ code: 'STORE_ACCESS_DENIED' });
    expect(await errorOf(() => appender.all([append(2), append(0)]))).toMatchObject({ code: 'STORE_UNKNOWN_OUTCOME' });
    expect(await appender.all([append(2), append(1)])).toEqual([
      { ok: true, version: 0, position: 1 },
      { ok: false, actual: 4 },
    ]);
  });
});
