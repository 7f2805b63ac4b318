import { Event } from '@waybill/core';
import type { Message } from '@waybill/core';
import { park, step } from '@waybill/core/internal';
import type { Delivery, Fold } from '@waybill/core/internal';
import { gate } from '../../dist/flow/gate';
import { closingOf } from '../../dist/history/closed-keys';
import { applyEntries, emptyFold } from '../../dist/history/fold';
import { dice } from '../dice';
import {
  armed,
  Ask,
  Asked,
  Bid,
  board,
  Came,
  cancelled,
  causeAt,
  command,
  deadline,
  foldOf,
  Foreign,
  fromLog,
  hall,
  invalidFromLog,
  Left,
  noted,
  parked,
  retry,
  runtime,
  Shut,
  STREAM,
  Tell,
  took,
  Wrote,
} from '../hall';

const at = (fold: Fold, delivery: Delivery) => gate(hall, fold, delivery, runtime);
const closed = (fold: Fold): Fold => {
  const closing = { kind: 'closed', type: '', cause: causeAt(99), content: closingOf(fold.dedup), version: 1 } as const;
  applyEntries(hall, fold, [closing]);
  return fold;
};

describe('a message of the log', () => {
  test('a redelivery is a duplicate before anything else of it is looked at', () => {
    const fold = foldOf(took(new Came({ n: 1 }), 5));
    for (const delivery of [fromLog(new Came({ n: 1, note: 'other' }), 5), fromLog(new Came({ n: 2 }), 4), invalidFromLog('Came', 5)])
      expect(at(fold, delivery)).toEqual({ as: 'duplicate', first: undefined });
    expect(at(fold, fromLog(new Came({ n: 2 }), 6))).toMatchObject({ as: 'pass', once: 2 });
  });

  test('each source and type has a position of its own', () => {
    const fold = foldOf(took(new Came({ n: 1 }), 5));
    expect(at(fold, fromLog(new Wrote({ text: 'hi' }), 3))).toMatchObject({ as: 'pass' });
    expect(at(fold, fromLog(new Came({ n: 2 }), 3, { source: 'elsewhere' }))).toMatchObject({ as: 'pass' });
    expect(at(fold, fromLog(new Came({ n: 2 }), 3))).toMatchObject({ as: 'duplicate' });
  });

  test('the type that counts is the one that stands in the log', () => {
    const fold = foldOf(took(new Came({ n: 1 }), 5, { as: 'Arrived' }));
    expect(at(fold, fromLog(new Came({ n: 2 }), 5, { writtenAs: 'Arrived' }))).toMatchObject({ as: 'duplicate' });
    expect(at(fold, fromLog(new Came({ n: 2 }), 5))).toMatchObject({ as: 'pass' });
  });

  test('an equal copy under another id is a duplicate, and names the first', () => {
    const fold = foldOf(took(new Wrote({ text: 'hi' }), 1), took(new Came({ n: 1, note: 'a' }), 2));
    expect(at(fold, fromLog(new Came({ n: 1, note: 'a' }), 9))).toMatchObject({ as: 'duplicate', first: { version: 1 } });
  });

  test('other content under a known key is a conflict with the first copy', () => {
    const fold = foldOf(took(new Came({ n: 1, note: 'a' }), 2));
    const verdict = at(fold, fromLog(new Came({ n: 1, note: 'b' }), 9));
    expect(verdict).toMatchObject({ as: 'park', kind: 'conflict', once: 1, first: { version: 0 } });
    expect(verdict).toHaveProperty('reason', 'another Came with n 1 was taken in before');
  });

  test('a key belongs to its type, and 1 is not "1"', () => {
    const fold = foldOf(took(new Bid({ offer: 1 }), 2));
    expect(at(fold, fromLog(new Came({ n: 1 }), 9))).toMatchObject({ as: 'pass' });
    expect(at(fold, fromLog(new Bid({ offer: '1' }), 9))).toMatchObject({ as: 'pass' });
  });

  test('a copy whose personal data was erased compares with nothing: it is a duplicate that says so', () => {
    const fold = foldOf(took(new Came({ n: 1, note: 'a' }), 2), took(new Came({ n: 2 }), 3, { digest: { kind: 'erased' } }));
    for (const delivery of [fromLog(new Came({ n: 1, note: 'b' }), 9, { erased: true }), fromLog(new Came({ n: 2, note: 'b' }), 9)])
      expect(at(fold, delivery)).toMatchObject({ as: 'duplicate', reason: 'cannot compare any more: personal data was erased' });
  });

  test('a message that was released into the actor from another stream is a duplicate, wherever it stands in the log', () => {
    const fold = foldOf(took(new Came({ n: 1 }), 7, { from: 'park@0' }));
    expect(at(fold, fromLog(new Came({ n: 2 }), 7))).toEqual({ as: 'duplicate', first: undefined });
    expect(at(fold, fromLog(new Came({ n: 2 }), 6))).toMatchObject({ as: 'pass' });
  });

  test('what no method takes, what is no valid message and what has no key is parked as invalid', () => {
    class Endless extends Event('Came')<{ n: unknown }> {}
    const wrong: readonly (readonly [Delivery, string])[] = [
      [fromLog(new Foreign({ n: 1 }), 9), 'no method takes Foreign'],
      [invalidFromLog('Came', 9), 'not a Came'],
      [fromLog(new Endless({ n: null }), 9), 'ONCE_KEY_MISSING'],
    ];
    for (const [delivery, reason] of wrong) {
      const verdict = at(foldOf(), delivery);
      expect(verdict).toMatchObject({ as: 'park', kind: 'invalid', once: undefined, reason: expect.stringContaining(reason) as string });
      expect(typeof JSON.parse(delivery.content())).toBe('string');
    }
  });
});

describe('a message that is new once the status has moved on', () => {
  const shut = [took(new Bid({ offer: 1, by: 'a' }), 1), took(new Asked({ n: 1 }), 2), took(new Shut(), 3)];

  test('is parked as late, or goes to the method for late ones', () => {
    expect(at(foldOf(...shut), fromLog(new Bid({ offer: 2 }), 9))).toEqual({
      ...{ as: 'park', kind: 'late', once: 2, reason: 'first seen in status "shut"' },
    });
    const asked = at(foldOf(...shut), fromLog(new Asked({ n: 2 }), 9));
    expect(asked).toMatchObject({ as: 'pass', once: 2, late: 'first seen in status "shut"' });
    expect(at(foldOf(), fromLog(new Asked({ n: 2 }), 9))).not.toHaveProperty('late');
  });

  test('is not late when it was taken in before: a copy is a duplicate, other content a conflict', () => {
    expect(at(foldOf(...shut), fromLog(new Bid({ offer: 1, by: 'a' }), 9))).toMatchObject({ as: 'duplicate', first: { version: 0 } });
    expect(at(foldOf(...shut), fromLog(new Bid({ offer: 1, by: 'b' }), 9))).toMatchObject({ as: 'park', kind: 'conflict' });
  });
});

describe('a command', () => {
  const known = (): Fold => {
    const fold = emptyFold(board, 'board-a');
    const first = command('k', new Tell({ what: 'a' }));
    step({ definition: board, runtime }, fold, first);
    return fold;
  };
  const verdict = (id: string, message: Message) => gate(board, known(), command(id, message), runtime);

  test('is decided once by its id: the same again is answered from the first', () => {
    expect(verdict('new', new Tell({ what: 'a' }))).toMatchObject({ as: 'pass', once: undefined });
    expect(verdict('k', new Tell({ what: 'a' }))).toMatchObject({ as: 'duplicate', first: { version: 0 } });
  });

  test('is refused when its id was used for other content, or for another type', () => {
    for (const message of [new Tell({ what: 'b' }), new Ask({ what: 'a' })])
      expect(verdict('k', message)).toMatchObject({ as: 'refused', reason: 'this id was used for other content', first: { version: 0 } });
  });
});

describe('a deadline', () => {
  const LATE = { as: 'late', reason: 'fired, cancelled or set anew before it was due' };

  test('fires by the row that is pending under its key, whatever was seen in the log', () => {
    const fold = foldOf(took(new Came({ n: 1 }), 50), armed(50, 'k'), took(new Came({ n: 2 }), 90));
    expect(at(fold, deadline(1, 'k', 50))).toMatchObject({ as: 'pass' });
    expect(at(fold, deadline(1, 'other', 50))).toEqual(LATE);
    expect(at(fold, deadline(0, 'k', 50))).toEqual(LATE);
  });

  test('that was set anew, cancelled or has fired is late', () => {
    expect(at(foldOf(armed(1), armed(2)), deadline(0, ''))).toEqual(LATE);
    expect(at(foldOf(armed(1), armed(2)), deadline(1, ''))).toMatchObject({ as: 'pass' });
    expect(at(foldOf(armed(1), cancelled(2)), deadline(0, ''))).toEqual(LATE);
    expect(at(foldOf(armed(1), took(new Wrote({ text: 'rang' }), 1, { of: 0 })), deadline(0, ''))).toEqual(LATE);
  });

  test('is void once its actor is closed, and is told that it is late once the status has moved on', () => {
    expect(at(closed(foldOf(armed(1))), deadline(0, ''))).toEqual({ as: 'late', reason: 'the actor is closed' });
    expect(at(foldOf(armed(1), took(new Shut(), 2)), deadline(0, ''))).toMatchObject({ as: 'pass', late: 'first seen in status "shut"' });
  });

  test('stands in line after a message that is parked', () => {
    expect(at(foldOf(armed(1), parked(new Came({ n: 1 }), 2)), deadline(0, ''))).toMatchObject({ as: 'park', kind: 'behind' });
  });
});

describe('parked messages', () => {
  const line = [parked(new Came({ n: 1 }), 1), parked(new Came({ n: 2 }), 2, { park: 'behind' })];

  test('while one that failed is parked, all that come after it stand in line', () => {
    const fold = foldOf(...line);
    for (const message of [new Wrote({ text: 'hi' }), new Came({ n: 3 })])
      expect(at(fold, fromLog(message, 9))).toMatchObject({ as: 'park', kind: 'behind' });
    for (const park of ['conflict', 'late', 'invalid'] as const)
      expect(at(foldOf(parked(new Came({ n: 1 }), 1, { park })), fromLog(new Came({ n: 3 }), 9))).toMatchObject({ as: 'pass' });
  });

  test('of a line only the first may be released', () => {
    expect(at(foldOf(...line), retry(new Came({ n: 1 }), 1, 0))).toMatchObject({ as: 'pass', once: 1 });
    expect(at(foldOf(...line), retry(new Came({ n: 2 }), 2, 1))).toMatchObject({ as: 'park', kind: 'behind' });
    expect(at(foldOf(...line, noted('skipped', 0)), retry(new Came({ n: 2 }), 2, 1))).toMatchObject({ as: 'pass', once: 2 });
  });

  test('a park is released once', () => {
    const BEFORE = { as: 'duplicate', first: undefined, reason: 'released before' };
    expect(at(foldOf(...line, noted('skipped', 0)), retry(new Came({ n: 1 }), 1, 0))).toEqual(BEFORE);
    expect(at(foldOf(...line, took(new Came({ n: 1 }), 1, { of: 0 })), retry(new Came({ n: 1 }), 1, 0))).toEqual(BEFORE);
    const elsewhere = foldOf(took(new Came({ n: 1 }), 7, { from: 'park@0' }));
    expect(at(elsewhere, retry(new Came({ n: 1 }), 7, undefined, 'park@0'))).toEqual(BEFORE);
  });

  test('a copy of one that is parked, or was skipped, is a duplicate; other content is not', () => {
    for (const fold of [foldOf(...line), foldOf(...line, noted('skipped', 0))]) {
      expect(at(fold, fromLog(new Came({ n: 1 }), 9))).toEqual({ as: 'duplicate', first: undefined });
      expect(at(fold, fromLog(new Came({ n: 1, note: 'b' }), 9))).toMatchObject({ as: 'park' });
    }
  });

  test('a release that meets a copy which was taken in meanwhile is a duplicate of it', () => {
    const fold = foldOf(parked(new Came({ n: 1 }), 1, { park: 'invalid', once: undefined }), took(new Came({ n: 1 }), 2));
    expect(at(fold, retry(new Came({ n: 1 }), 1, 0))).toMatchObject({ as: 'duplicate', first: { version: 1 } });
  });
});

test('a closed actor takes in nothing: what it knows is dropped, what is new is parked', () => {
  const fold = closed(foldOf(took(new Came({ n: 1 }), 1), took(new Wrote({ text: 'hi' }), 5)));
  expect(at(fold, fromLog(new Came({ n: 1, note: 'b' }), 9))).toEqual({ as: 'late', reason: 'closed, and known: not compared any more' });
  expect(at(fold, fromLog(new Came({ n: 2 }), 9))).toMatchObject({ as: 'park', kind: 'late', once: 2 });
  expect(at(fold, fromLog(new Wrote({ text: 'ho' }), 9))).toMatchObject({ as: 'park', kind: 'late' });
  expect(at(fold, fromLog(new Wrote({ text: 'hi' }), 5))).toMatchObject({ as: 'duplicate' });
});

test('what was once a duplicate never has an effect again, whatever the actor takes in, parks, releases or ends after it', () => {
  const verdicts = new Set<string>();
  for (let seed = 1; seed <= 25; seed++) {
    const roll = dice(seed);
    const deciding = { definition: hall, runtime };
    const fold = emptyFold(hall, STREAM);
    const duplicates: (() => Delivery)[] = [];
    const open = new Map<number, readonly [Message, number]>();
    for (let position = 1; position <= 40; position++) {
      const common = [
        new Came({ n: roll(4), note: `${roll(2)}` }),
        new Bid({ offer: roll(4) }),
        new Wrote({ text: `${roll(3)}` }),
      ] as const;
      const rare = position > 30 ? new Left() : new Shut();
      const message: Message = roll(8) === 0 ? rare : (common[roll(3)] ?? rare);
      const place = Math.max(1, position - roll(6));
      const make = () => fromLog(message, place);
      const verdict = at(fold, make());
      const [first] = fold.dedup.line ?? [];
      if (verdict.as === 'duplicate') duplicates.push(make);
      else if (verdict.as === 'pass' && roll(5) === 0) {
        open.set(fold.version === 'none' ? 0 : fold.version + 1, [message, place]);
        park(deciding, fold, make(), 'failed', 'it threw', { once: verdict.once });
      } else step(deciding, fold, make());
      const parkedFirst = first === undefined ? undefined : open.get(first);
      if (parkedFirst && first !== undefined && roll(3) === 0) step(deciding, fold, retry(...parkedFirst, first));
      for (const again of duplicates) verdicts.add(at(fold, again()).as);
    }
  }
  expect([...verdicts].sort()).toEqual(['duplicate', 'late']);
});
