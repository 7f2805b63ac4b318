import { Dedup } from '../../dist/history/dedup';
import { ERASED_DIGEST } from '../../dist/history/digest';
import type { Digest } from '../../dist/history/digest';
import { dice } from '../dice';

const says = (text: string): Digest => ({ kind: 'content', text });
const first = (version: number) => ({ digest: says('{}'), version });
const open = (once: string | number | undefined, text: string, park: 'failed' | 'behind' | 'conflict' | 'late' | 'invalid' = 'failed') => ({
  ...{ type: 'Came', once, digest: says(text), park },
});
const aside = (dedup: Dedup, once: string | number, digest: Digest, type = 'Came') => dedup.isSetAside(type, once, () => digest);

test('the highest position is kept for each source and each type, and never moves back', () => {
  const dedup = new Dedup();
  dedup.see('log', 'Came', 7);
  dedup.see('log', 'Came', 3);
  dedup.see('log', 'Left', 5);
  dedup.see('other', 'Came', 2);
  expect([dedup.seen('log', 'Came'), dedup.seen('log', 'Left'), dedup.seen('other', 'Came')]).toEqual([7, 5, 2]);
  expect([dedup.seen('other', 'Left'), dedup.seen('log', 'Came2')]).toEqual([0, 0]);
});

test('no business key is forgotten by age or count, and each belongs to its type and kind', () => {
  const dedup = new Dedup();
  for (let n = 0; n < 3_000; n++) dedup.take('Came', n, first(n));
  dedup.take('Came', '', first(9_001));
  dedup.take('Came', '7', first(9_002));
  dedup.take('Left', 7, first(9_003));
  const versions = Array.from({ length: 3_000 }, (_, n) => dedup.first('Came', n)?.version);
  expect(versions).toEqual(Array.from({ length: 3_000 }, (_, n) => n));
  expect([dedup.first('Came', ''), dedup.first('Came', '7'), dedup.first('Left', 7)].map((f) => f?.version)).toEqual([9_001, 9_002, 9_003]);
  expect([dedup.first('Left', ''), dedup.first('Left', 8), dedup.first('Other', 7)]).toEqual([undefined, undefined, undefined]);
});

test('a command is known by its id', () => {
  const dedup = new Dedup();
  expect(dedup.command('a')).toBeUndefined();
  dedup.answer('a', first(4));
  dedup.answer('b', first(5));
  expect([dedup.command('a'), dedup.command('b'), dedup.command('c')]).toEqual([first(4), first(5), undefined]);
});

test('the first of the open parks that failed, or stand after one that did, blocks the actor; no other park does', () => {
  const dedup = new Dedup();
  dedup.park(1, open(1, 'a', 'conflict'));
  dedup.park(2, open(2, 'b', 'late'));
  dedup.park(3, open(undefined, 'c', 'invalid'));
  expect(dedup.blockedBy).toBeUndefined();
  dedup.park(4, open(4, 'd', 'failed'));
  dedup.park(5, open(5, 'e', 'behind'));
  dedup.park(6, open(undefined, 'f', 'behind'));
  const blocked = [dedup.blockedBy];
  for (const version of [5, 4, 6]) {
    dedup.settle(version);
    blocked.push(dedup.blockedBy);
  }
  expect(blocked).toEqual([4, 4, 6, undefined]);
  expect([1, 2, 3, 4, 5, 6].map((version) => dedup.isOpen(version))).toEqual([true, true, true, false, false, false]);
});

test('a copy is set aside as long as one equal park is open, and for good once an operator has skipped it', () => {
  const dedup = new Dedup();
  dedup.park(1, open(1, 'a'));
  dedup.park(2, open(1, 'a', 'behind'));
  dedup.settle(1);
  expect(aside(dedup, 1, says('a'))).toBe(true);
  dedup.settle(2);
  expect(aside(dedup, 1, says('a'))).toBe(false);
  dedup.park(3, open(1, 'a'));
  dedup.skip(3);
  expect([dedup.isOpen(3), dedup.blockedBy, aside(dedup, 1, says('a'))]).toEqual([false, undefined, true]);
});

test('only an equal copy is set aside: same type, same key, same content; one without content to compare counts as equal', () => {
  const dedup = new Dedup();
  dedup.park(1, open(1, 'a'));
  dedup.park(2, { ...open(2, ''), digest: ERASED_DIGEST });
  dedup.park(3, open(undefined, 'c'));
  expect(aside(dedup, 1, says('a'))).toBe(true);
  expect(aside(dedup, 2, says('whatever'))).toBe(true);
  expect([aside(dedup, 1, says('b')), aside(dedup, '1', says('a')), aside(dedup, 1, says('a'), 'Left')]).toEqual([false, false, false]);
  expect([aside(dedup, 1, { kind: 'hash', text: 'a' }), aside(dedup, '', says('c'))]).toEqual([false, false]);
});

test('skipping a park that is not open leaves nothing behind', () => {
  const dedup = new Dedup();
  dedup.park(1, open(1, 'a'));
  dedup.settle(1);
  dedup.skip(1);
  dedup.skip(8);
  expect(aside(dedup, 1, says('a'))).toBe(false);
});

test('a deadline is pending under its type and key by the row that set it last', () => {
  const dedup = new Dedup();
  dedup.arm('Rang', 'k', 1);
  dedup.arm('Rang', 'k', 2);
  dedup.arm('Rang', '', 3);
  expect([1, 2].map((version) => dedup.isPending('Rang', 'k', version))).toEqual([false, true]);
  expect([dedup.isPending('Rang', '', 3), dedup.isPending('Other', '', 3), dedup.isPending('Rang', 'x', 3)]).toEqual([true, false, false]);
  dedup.settle(1);
  expect(dedup.isPending('Rang', 'k', 2)).toBe(true);
  dedup.settle(2);
  expect(dedup.isPending('Rang', 'k', 2)).toBe(false);
  dedup.disarm('Rang', '');
  expect(dedup.isPending('Rang', '', 3)).toBe(false);
});

test('parks, the line and copies agree with a plain list of what is open, whatever is parked, settled and skipped', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const roll = dice(seed);
    const dedup = new Dedup();
    let model: { readonly version: number; readonly key: number; readonly text: string; readonly blocks: boolean }[] = [];
    const skipped = new Set<string>();
    for (let version = 0; version < 60; version++) {
      const [key, text, blocks] = [roll(3), `t${roll(2)}`, roll(2) === 0];
      if (roll(2) === 0) {
        dedup.park(version, open(key, text, blocks ? 'failed' : 'conflict'));
        model.push({ version, key, text, blocks });
      } else {
        const gone = model[roll(model.length + 1)];
        const skips = roll(4) === 0;
        if (gone && skips) skipped.add(`${gone.key} ${gone.text}`);
        if (skips) dedup.skip(gone?.version ?? -1);
        else dedup.settle(gone?.version ?? -1);
        model = model.filter((one) => one !== gone);
      }
      const copies = [0, 1, 2].flatMap((k) => ['t0', 't1'].map((t) => [k, t] as const));
      const isCopy = ([k, t]: readonly [number, string]) => skipped.has(`${k} ${t}`) || model.some((m) => m.key === k && m.text === t);
      const now = [dedup.blockedBy, [...(dedup.parks?.keys() ?? [])], copies.map(([k, t]) => aside(dedup, k, says(t)))];
      expect(now).toEqual([model.find((m) => m.blocks)?.version, model.map((m) => m.version), copies.map(isCopy)]);
    }
  }
});
