import type { Delivery } from '@waybill/core/internal';
import { Mailboxes, newestReferenced } from '../../dist/flow/mailbox';
import type { Work } from '../../dist/flow/mailbox';
import { dice } from '../dice';
import { Came, deadline, fromLog, retry } from '../hall';

/** The nth message of an actor. */
const message = (stream: string, n: number) => fromLog(new Came({ n }), n, { stream });
const numbers = (items: readonly Delivery[]) => items.map(({ cause }) => cause.position);
const shown = (work: readonly Work[]) => work.map(({ stream, items }) => `${stream}: ${numbers(items).join(' ')}`);

function filled(...streams: readonly (readonly [stream: string, many: number])[]): Mailboxes {
  const boxes = new Mailboxes();
  for (const [stream, many] of streams) for (let n = 1; n <= many; n++) boxes.put(message(stream, n));
  return boxes;
}
const takeOne = (boxes: Mailboxes, each = 10): Work => boxes.take(1, each)[0] as Work;

test('messages of an actor come out in the order in which they were put in, at most so many of one actor', () => {
  const boxes = filled(['a', 5], ['b', 1]);
  expect(shown(boxes.take(100, 3))).toEqual(['a: 1 2 3', 'b: 1']);
  expect(boxes.hasReady).toBe(false);
});

test('of one actor one batch is under way at a time', () => {
  const boxes = filled(['a', 2]);
  const first = takeOne(boxes, 1);
  boxes.put(message('a', 3));
  expect([boxes.hasReady, boxes.take(100, 10)]).toEqual([false, []]);
  boxes.done(first);
  expect(shown(boxes.take(100, 10))).toEqual(['a: 2 3']);
});

test('no more actors are taken than give about so many messages', () => {
  const boxes = filled(['a', 2], ['b', 2], ['c', 2]);
  expect(shown(boxes.take(3, 10))).toEqual(['a: 1 2', 'b: 1 2']);
  expect(shown(boxes.take(3, 10))).toEqual(['c: 1 2']);
});

test('what a batch has left over goes before all that came after it', () => {
  const boxes = filled(['a', 4]);
  const work = takeOne(boxes, 3);
  boxes.put(message('a', 5));
  boxes.done(work, work.items.slice(1));
  expect(shown(boxes.take(100, 10))).toEqual(['a: 2 3 4 5']);
});

test('an actor that still has messages goes to the end of the line of actors', () => {
  const boxes = filled(['a', 100], ['b', 1], ['c', 1]);
  const turns: string[] = [];
  while (boxes.hasReady) {
    const work = takeOne(boxes);
    turns.push(work.stream);
    boxes.done(work);
  }
  expect(turns.slice(0, 4)).toEqual(['a', 'b', 'c', 'a']);
  expect(turns).toHaveLength(12);
});

test('how often a batch has lost is kept until the actor has nothing to do any more', () => {
  const boxes = filled(['a', 2]);
  const work = takeOne(boxes);
  work.losses = 3;
  boxes.done(work, work.items);
  const again = takeOne(boxes);
  expect(again.losses).toBe(3);
  boxes.done(again);
  boxes.put(message('a', 3));
  expect(takeOne(boxes).losses).toBe(0);
});

test('closing an actor hands out what still waits for it, and lets it begin anew', () => {
  const boxes = filled(['a', 3]);
  const work = takeOne(boxes, 1);
  expect(numbers(boxes.close(work))).toEqual([2, 3]);
  expect([boxes.hasReady, boxes.close(work)]).toEqual([false, []]);
  boxes.put(message('a', 4));
  expect(shown(boxes.take(100, 10))).toEqual(['a: 4']);
});

test('each message of each actor comes out once and in order, whoever takes turns and whatever is left over', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const roll = dice(seed);
    const boxes = new Mailboxes();
    const [put, out] = [new Map<string, number>(), new Map<string, number>()];
    const busy = new Map<string, Work>();
    let wrong = 0;
    const finish = (work: Work, kept = roll(work.items.length + 1)) => {
      out.set(work.stream, (out.get(work.stream) ?? 0) + kept);
      busy.delete(work.stream);
      boxes.done(work, work.items.slice(kept));
    };
    const take = (many: number) => {
      for (const work of boxes.take(many, 1 + roll(4))) {
        const from = (out.get(work.stream) ?? 0) + 1;
        if (busy.has(work.stream) || numbers(work.items).some((n, i) => n !== from + i)) wrong++;
        busy.set(work.stream, work);
      }
    };
    for (let step = 0; step < 4_000; step++) {
      const stream = `s${roll(30)}`;
      const n = (put.get(stream) ?? 0) + 1;
      put.set(stream, n);
      boxes.put(message(stream, n));
      if (step % 1_500 > 300 && roll(2) === 0) take(1 + roll(5));
      if (roll(2) === 0) for (const work of [...busy.values()].slice(0, 3)) finish(work);
    }
    while (boxes.hasReady || busy.size > 0) {
      take(100);
      for (const work of [...busy.values()]) finish(work, work.items.length);
    }
    expect([wrong, [...out].sort()]).toEqual([0, [...put].sort()]);
  }
});

test('a batch speaks of the newest row that a release or a deadline in it names; of none when it names none', () => {
  const newest = (...items: Delivery[]) => newestReferenced({ stream: 'a', items, losses: 0 });
  const came = new Came({ n: 1 });
  expect(newest(message('a', 70))).toBe(-1);
  expect(newest(message('a', 70), deadline(4, ''), retry(came, 60, 9), deadline(6, ''))).toBe(9);
  expect(newest(retry(came, 60, 2), deadline(4, ''))).toBe(4);
  expect(newest(retry(came, 60, undefined, 'park@99'))).toBe(-1);
});
