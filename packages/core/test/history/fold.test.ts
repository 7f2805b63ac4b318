import { COMMAND_SOURCE } from '@waybill/core/internal';
import type { Entry, Fold } from '@waybill/core/internal';
import { closingOf } from '../../dist/history/closed-keys';
import { Dedup } from '../../dist/history/dedup';
import { applyEntries, emptyFold, remember } from '../../dist/history/fold';
import type { HallState } from '../hall';
import { armed, cancelled, Came, causeAt, emitted, foldOf, hall, noted, parked, Reopened, Seen, Shut, STREAM, took, Wrote } from '../hall';

const stateOf = (fold: Fold) => fold.state as HallState;
const seen = (fold: Fold, type = 'Came') => fold.dedup.seen('log', type);

test('an actor without rows has its initial state, and remembers nothing', () => {
  const fold = emptyFold(hall, STREAM);
  expect(fold).toMatchObject({ stream: STREAM, version: 'none', broken: undefined, closed: undefined, snapshot: -1 });
  expect([fold.state, fold.dedup]).toEqual([{ status: 'open', came: [] }, new Dedup()]);
});

test('each row moves the version by one, from 0; what is taken in and what is emitted is folded in order', () => {
  const fold = emptyFold(hall, STREAM);
  applyEntries(hall, fold, [took(new Came({ n: 1 }), 1)]);
  expect(fold.version).toBe(0);
  applyEntries(hall, fold, [took(new Came({ n: 2 }), 2), emitted(new Seen({ text: 'hi' }), 2), armed(2), emitted(new Came({ n: 3 }), 2)]);
  expect([fold.version, stateOf(fold).came]).toEqual([4, [1, 2, 3]]);
});

test('the rows of one message are applied all or not at all', () => {
  const fold = foldOf(took(new Came({ n: 1 }), 1), took(new Shut(), 2));
  const before = structuredClone({ ...fold, dedup: { ...fold.dedup } });
  const entries = [took(new Came({ n: 2 }), 5), armed(5), emitted(new Reopened(), 5)];
  expect(() => applyEntries(hall, fold, entries)).toThrow('STATUS_MOVED_BACK');
  expect({ ...fold, dedup: { ...fold.dedup } }).toEqual(before);
});

test('a status never moves back; forward and to itself it may', () => {
  const fold = foldOf(took(new Shut(), 1), took(new Shut(), 2), took(new Came({ n: 1 }), 3));
  expect(stateOf(fold)).toEqual({ status: 'shut', came: [1] });
  expect(() => applyEntries(hall, fold, [took(new Reopened(), 4)])).toThrow(
    'STATUS_MOVED_BACK: @Applies(Reopened) moved the status from "shut" back to "open"',
  );
  expect(stateOf(foldOf(took(new Reopened(), 1)))).toEqual({ status: 'open', came: [] });
});

test('what was discarded, refused or too late is remembered, and changes no state', () => {
  for (const why of [{ discarded: 'why' }, { refused: 'why' }, { late: true }]) {
    const fold = foldOf(took(new Came({ n: 1 }), 7, why));
    expect(stateOf(fold).came).toEqual([]);
    expect([fold.version, seen(fold), fold.dedup.first('Came', 1)?.version]).toEqual([0, 7, 0]);
  }
});

test('of an input its place in the log and its business key are remembered, with the version of its row', () => {
  const fold = foldOf(took(new Wrote({ text: 'hi' }), 3), took(new Came({ n: 1 }), 7), took(new Came({ n: 2 }), 5));
  expect([seen(fold), seen(fold, 'Wrote'), fold.dedup.seen('other', 'Came')]).toEqual([7, 3, 0]);
  expect([1, 2, 3].map((n) => fold.dedup.first('Came', n)?.version)).toEqual([1, 2, undefined]);
  expect(fold.dedup.first('Came', 1)?.digest).toEqual({ kind: 'content', text: '{"n":1}' });
});

test('the place of an input is kept under the type that it has in the log', () => {
  const fold = foldOf(took(new Came({ n: 1 }), 7, { as: 'Arrived' }));
  expect([seen(fold), seen(fold, 'Arrived')]).toEqual([0, 7]);
});

test('a parked message counts as seen, is open at its version, and is no first copy', () => {
  const fold = foldOf(took(new Wrote({ text: 'hi' }), 1), parked(new Came({ n: 1 }), 7));
  expect([seen(fold), fold.dedup.isOpen(1), fold.dedup.blockedBy, fold.dedup.first('Came', 1)]).toEqual([7, true, 1, undefined]);
});

test('a message that comes out of turn does not move what was seen: a release, out of its actor or another stream, or a deadline', () => {
  const fold = foldOf(parked(new Came({ n: 1 }), 3), took(new Came({ n: 1 }), 90, { of: 0 }));
  expect([seen(fold), fold.dedup.isOpen(0), fold.dedup.blockedBy, fold.dedup.first('Came', 1)?.version]).toEqual([3, false, undefined, 1]);
  const elsewhere = foldOf(took(new Came({ n: 1 }), 90, { from: 'park@4' }));
  expect([seen(elsewhere), [...(elsewhere.dedup.released ?? [])]]).toEqual([0, ['log@90']]);
  const fired = foldOf(armed(1), took(new Came({ n: 1 }), 90, { of: 0 }));
  expect([seen(fired), fired.dedup.isPending('Rang', '', 0)]).toEqual([0, false]);
});

test('a message that is parked again when it is released stays in line at its new place', () => {
  const fold = foldOf(parked(new Came({ n: 1 }), 1), parked(new Came({ n: 1 }), 1, { of: 0 }));
  expect([fold.dedup.isOpen(0), fold.dedup.isOpen(1), fold.dedup.blockedBy]).toEqual([false, true, 1]);
});

test('a release that met a copy is not the first copy of its key', () => {
  const copy = took(new Came({ n: 1 }), 2);
  const fold = foldOf(parked(new Came({ n: 1 }), 1), copy, took(new Came({ n: 1 }), 1, { of: 0, discarded: 'the same as version 1' }));
  expect(fold.dedup.first('Came', 1)?.version).toBe(1);
  const elsewhere = foldOf(copy, took(new Came({ n: 1 }), 1, { from: 'park@0', discarded: 'the same as version 0' }));
  expect(elsewhere.dedup.first('Came', 1)?.version).toBe(0);
});

test('a command is remembered by its id alone', () => {
  const fold = foldOf(took(new Came({ n: 1 }), 0, { cause: { id: 'k', source: COMMAND_SOURCE, position: 0 } }));
  expect([fold.dedup.command('k')?.version, fold.dedup.marks, fold.dedup.firsts]).toEqual([0, [], []]);
});

test('a skip ends a park and keeps its copies out; a release elsewhere ends it; a retry that failed leaves it open', () => {
  const after = (note: 'skipped' | 'released' | 'retried') => {
    const { dedup } = foldOf(parked(new Came({ n: 1 }), 1), noted(note, 0));
    return [dedup.isOpen(0), dedup.blockedBy, dedup.isSetAside('Came', 1, () => ({ kind: 'content', text: '{"n":1}' }))];
  };
  expect(after('skipped')).toEqual([false, undefined, true]);
  expect(after('released')).toEqual([false, undefined, false]);
  expect(after('retried')).toEqual([true, 0, true]);
});

test('a deadline is pending by the row that set it last, until it is cancelled', () => {
  const pending = (...entries: Entry[]) => [...(foldOf(...entries).dedup.pending ?? [])];
  expect(pending(armed(1, 'k'), armed(2, 'l'), armed(3, 'k'))).toEqual([
    ['Rang k', 2],
    ['Rang l', 1],
  ]);
  expect(pending(armed(1, 'k'), armed(2, 'l'), cancelled(3, 'k'))).toEqual([['Rang l', 1]]);
});

test('a closing row takes the place of what was remembered: keys without digests, marks, and the parks that are open', () => {
  const fold = foldOf(took(new Came({ n: 1 }), 7), parked(new Came({ n: 2 }), 8), armed(8));
  const closing = { kind: 'closed', type: '', cause: causeAt(9), content: closingOf(fold.dedup), version: 1 } as const;
  applyEntries(hall, fold, [closing]);
  expect([fold.closed?.version, fold.version]).toEqual([3, 3]);
  expect([1, 2].map((n) => fold.closed?.keys.has('Came', n))).toEqual([true, false]);
  expect([fold.dedup.firsts, fold.dedup.pending, seen(fold), fold.dedup.blockedBy]).toEqual([[], undefined, 8, 1]);
});

test('where only the gates need a row, it is remembered and the state is left alone', () => {
  const fold = foldOf(took(new Came({ n: 1 }), 1));
  remember(fold, took(new Came({ n: 2 }), 2));
  expect([fold.version, seen(fold), stateOf(fold).came]).toEqual([1, 2, [1]]);
});
