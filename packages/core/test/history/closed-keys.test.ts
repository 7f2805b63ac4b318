import { Event, IndexSet } from '@waybill/core';
import { ClosedKeys, closingOf } from '../../dist/history/closed-keys';
import { Dedup } from '../../dist/history/dedup';
import type { Digest } from '../../dist/history/digest';

const subject = ({ name }: { name: string }): string => name;
class Named extends Event('Named', { personal: ['name'], subject })<{ name: string; n: number }> {}

const says = (text: string): Digest => ({ kind: 'content', text });
const first = { digest: says('{}'), version: 1 };
const open = (type: string, once: string | number, text: string) => ({ type, once, digest: says(text), park: 'failed' as const });
const closed = (dedup: Dedup): ClosedKeys => new ClosedKeys(closingOf(dedup));

test('a closed actor knows each key that was taken in, by its type, and no other; whole numbers as ranges', () => {
  const dedup = new Dedup();
  for (const n of [0, 1, 2, 5]) dedup.take('Item', n, first);
  for (const key of ['a', '', -1, 0.5]) dedup.take('Note', key, first);
  const keys = closed(dedup);
  for (const n of [0, 1, 2, 5]) expect(keys.has('Item', n)).toBe(true);
  for (const key of [3, 4, 6, -1, '0', '']) expect(keys.has('Item', key)).toBe(false);
  for (const key of ['a', '', -1, 0.5]) expect(keys.has('Note', key)).toBe(true);
  for (const key of ['b', 1, '-1', '0.5']) expect(keys.has('Note', key)).toBe(false);
  expect(keys.has('Other', 0)).toBe(false);
  expect(closingOf(dedup)).toContain('"indexes":[[0,2],[5,5]]');
});

test('closing with a great many sparse keys copies their ranges once, not once for each key', () => {
  const dedup = new Dedup();
  for (let n = 0; n < 40_000; n++) dedup.take('Item', (n * 7_919) % 1_000_003, first);
  const add = jest.spyOn(IndexSet.prototype, 'add');
  const keys = closed(dedup);
  expect(add).not.toHaveBeenCalled();
  add.mockRestore();
  for (let n = 0; n < 40_000; n += 997) expect(keys.has('Item', (n * 7_919) % 1_000_003)).toBe(true);
});

test('what it has seen and released stays; digests, commands and deadlines do not', () => {
  const dedup = new Dedup();
  dedup.see('log', 'Item', 7);
  dedup.see('log', 'Note', 3);
  dedup.release('log@4');
  dedup.answer('c-1', first);
  dedup.arm('Overdue', '', 2);
  const after = closed(dedup).dedup(dedup);
  expect([after.seen('log', 'Item'), after.seen('log', 'Note'), after.seen('other', 'Item')]).toEqual([7, 3, 0]);
  expect([...(after.released ?? [])]).toEqual(['log@4']);
  expect([after.command('c-1'), after.isPending('Overdue', '', 2), after.firsts]).toEqual([undefined, false, []]);
});

test('copies of what was parked or skipped are told from other contents, also where its rows are gone', () => {
  const dedup = new Dedup();
  dedup.park(4, open('Item', 1, 'one'));
  dedup.park(5, open('Item', 2, 'two'));
  dedup.skip(5);
  const [kept, reloaded] = [closed(dedup).dedup(dedup), closed(dedup).dedup(new Dedup())];
  for (const after of [kept, reloaded]) {
    expect(after.isSetAside('Item', 1, () => says('one'))).toBe(true);
    expect(after.isSetAside('Item', 2, () => says('two'))).toBe(true);
    for (const [key, text] of [
      [1, 'two'],
      [2, 'one'],
      ['1', 'one'],
      [3, 'one'],
    ] as const) {
      expect(after.isSetAside('Item', key, () => says(text))).toBe(false);
    }
    expect(after.isSetAside('Note', 1, () => says('one'))).toBe(false);
  }
  expect([kept.isOpen(4), kept.blockedBy, kept.isOpen(5)]).toEqual([true, 4, false]);
  expect(reloaded.blockedBy).toBeUndefined();
});

test('of a copy with personal data the closing row keeps its key alone: nobody can forget a row', () => {
  const dedup = new Dedup();
  dedup.park(4, open(Named.messageType, 7, '{"n":7,"name":"Ada"}'));
  expect(closingOf(dedup)).not.toContain('Ada');
  const after = closed(dedup).dedup(new Dedup());
  expect(after.isSetAside(Named.messageType, 7, () => says('{"n":7,"name":"Ada"}'))).toBe(true);
  expect(after.isSetAside(Named.messageType, 8, () => says('{"n":8,"name":"Ada"}'))).toBe(false);
});

test('a closing row without what was set aside is read: nothing was', () => {
  const keys = new ClosedKeys('{"marks":[],"keys":[],"released":[]}');
  expect(keys.dedup(new Dedup()).isSetAside('Item', 1, () => says('one'))).toBe(false);
});

test('a closing row of format 1 names copies without saying what their digest is: content, hash or erased', () => {
  const aside = [
    ['Item', 1, '{"n":1}'],
    ['Item', 2, '"not a message"'],
    ['Item', 3, 'Zm9v_-'],
    ['Item', 4, '*'],
  ].map((copy) => JSON.stringify(copy));
  const after = new ClosedKeys(JSON.stringify({ marks: [], keys: [], released: [], aside })).dedup(new Dedup());
  expect(after.isSetAside('Item', 1, () => says('{"n":1}'))).toBe(true);
  expect(after.isSetAside('Item', 2, () => says('"not a message"'))).toBe(true);
  expect(after.isSetAside('Item', 3, () => ({ kind: 'hash', text: 'Zm9v_-' }))).toBe(true);
  expect(after.isSetAside('Item', 4, () => says('{"n":4}'))).toBe(true);
  expect(after.isSetAside('Item', 1, () => says('{"n":2}'))).toBe(false);
  expect(after.isSetAside('Item', 3, () => says('Zm9v_-'))).toBe(false);
});
