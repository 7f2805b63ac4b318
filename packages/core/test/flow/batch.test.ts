import { WaybillError } from '@waybill/core';
import type { Delivery } from '@waybill/core/internal';
import { planOf } from '../../dist/flow/batch';
import type { BatchContext } from '../../dist/flow/batch';
import { emptyFold } from '../../dist/history/fold';
import { board, command, decided, foldOf, fromLog, hall, runtime, STREAM, Tell, throwing, Wrote } from '../hall';

const usual: BatchContext = { definition: hall, runtime, attempts: 3, windowFull: () => false };
const wrote = (...texts: string[]) => texts.map((text, i) => fromLog(new Wrote({ text }), i + 1));
const plan = (items: Delivery[], also: Partial<BatchContext> = {}) =>
  planOf({ ...usual, ...also }, { stream: STREAM, items, losses: 0 }, foldOf());

beforeEach(() => {
  throwing.clear();
  decided.length = 0;
});

test('a batch is decided in order, into one write on the version that was read', () => {
  const { expected, entries, steps, rest, tainted } = plan(wrote('a', 'b'));
  expect([expected, entries.map(({ kind }) => kind), steps.map(({ at }) => at)]).toEqual([
    ...['none', ['took', 'emitted', 'took', 'emitted'], [0, 2]],
  ]);
  expect([rest, tainted, decided]).toEqual([[], false, ['a', 'b']]);
});

test('nothing after a message that threw is decided before it is done', () => {
  throwing.set('b', new Error('down'));
  const items = wrote('a', 'b', 'c');
  const { steps, rest, thrown, tainted } = plan(items);
  expect([steps.length, rest, thrown, tainted, decided]).toEqual([1, items.slice(1), true, true, ['a', 'b']]);
});

test('a message that threw as often as it may is parked, and those after it stand in line', () => {
  throwing.set('a', new Error('down'));
  const items = wrote('a', 'b');
  (items[0] as Delivery).attempts = 2;
  expect(plan(items).entries).toMatchObject([{ park: 'failed', reason: 'down', attempts: 3 }, { park: 'behind' }]);
  expect(decided).toEqual(['a']);
});

test('an error that no retry can cure parks at once, and so does any error when the window is full', () => {
  throwing.set('a', new WaybillError('DECISION_MISSING', 'a test', 'none'));
  expect(plan(wrote('a')).entries).toMatchObject([{ park: 'failed', attempts: 1 }]);
  throwing.set('a', new Error('down'));
  expect(plan(wrote('a'), { windowFull: () => true }).entries).toMatchObject([{ park: 'failed', attempts: 1 }]);
});

test('a duplicate leaves no row, and ends its own delivery only', () => {
  const [a, b] = wrote('a', 'b') as [Delivery, Delivery];
  const { steps, entries, rest } = plan([a, fromLog(new Wrote({ text: 'a' }), 1), b]);
  expect([steps.map(({ step }) => step.result.kind), entries.length, rest]).toEqual([['applied', 'duplicate', 'applied'], 4, []]);
});

test('a message that finds no room in the write waits for the next', () => {
  const items = wrote('a', 'x'.repeat(3_000));
  const { steps, rest, tainted } = plan(items, { maxWrite: 6_800 });
  expect([steps.length, rest, tainted]).toEqual([1, items.slice(1), true]);
});

test('a command whose method throws is tried once more, then its caller gets the error', () => {
  const error = new Error('down');
  throwing.set('a', error);
  const items = [command('k', new Tell({ what: 'a' })), command('l', new Tell({ what: 'b' }))];
  const decide = () => planOf({ ...usual, definition: board }, { stream: 'board-a', items, losses: 0 }, emptyFold(board, 'board-a'));
  expect(decide()).toMatchObject({ rest: items, refused: [] });
  expect(decide()).toMatchObject({ rest: items.slice(1), refused: [{ delivery: items[0], error }], entries: [] });
});
