import { after, at, cancel, close, conflict, discard, IndexSet, Lifecycle, memoryStore, Rejected } from 'waybill';
import type { UseClass } from 'waybill';
import {
  aggregate,
  any,
  as,
  applies,
  Ask,
  Came,
  deciding,
  goodRow,
  handles,
  Left,
  made,
  Other,
  parkedReason,
  row,
  running,
  saga,
  Timed,
} from './scenes';
import { SECRET } from './wrong';
import type { Wrong } from './wrong';

/** What an operator reads of an event on which the method decides so; the good events around it all go through. */
const event =
  (handle: (e: never, s: never) => unknown, options: object = {}) =>
  () =>
    parkedReason(
      deciding((e, s) => (as<{ n?: number }>(e).n === undefined ? handle(e as never, s as never) : []), {
        retry: { attempts: 1 },
        ...options,
      }),
      row('Came', { id: 'bad', note: SECRET }),
    );
/** What the caller of a command is told. */
const command = (handle: (c: never, s: never) => unknown) => () => asked(deciding(handle as never, {}, Ask));
const asked = (use: UseClass, message: object = new Ask({ id: 'a', note: SECRET }), id = 'r-1') =>
  running([use], (app) => app.send(any(use), any(message), { id }));

/** Methods that do not decide, or decide what they may not. */
export const DECISIONS: readonly Wrong[] = [
  {
    what: 'discard() without a reason',
    code: 'DECISION_WITHOUT_REASON',
    names: ['discard', 'undefined'],
    run: event(() => discard(any(undefined))),
  },
  {
    what: 'conflict() without a reason',
    code: 'DECISION_WITHOUT_REASON',
    names: ['conflict', 'undefined'],
    run: event(() => conflict(any(undefined))),
  },
  {
    what: 'Rejected without a reason',
    code: 'DECISION_WITHOUT_REASON',
    names: ['new Rejected', 'an object'],
    run: command(() => {
      throw new Rejected(any({ note: SECRET }));
    }),
  },
  {
    what: 'cancel() of undefined',
    code: 'MESSAGE_CLASS_MISSING',
    names: ['cancel()', 'undefined'],
    run: event(() => cancel(any(undefined))),
  },
  {
    what: 'after() with options that are null',
    code: 'OPTION_INVALID',
    names: ['after()', 'null'],
    run: event(() => after('1 day', any(new Timed({ id: 'a' })), any(null))),
  },
  {
    what: 'after() with an option whose name is misspelt',
    code: 'OPTION_INVALID',
    names: ['after()', '"name"'],
    run: event(() => after('1 day', any(new Timed({ id: 'a' })), any({ name: 'b' }))),
  },
  { what: 'an index of -1', code: 'INDEX_INVALID', names: ['-1'], run: event(() => IndexSet.empty.add(-1)) },
  { what: 'a method that returns undefined', code: 'DECISION_MISSING', names: ['@Handles(Came)', '"halls"'], run: event(() => undefined) },
  {
    what: 'a method of a command that returns null',
    code: 'DECISION_MISSING',
    names: ['@Handles(Ask)', '"desk"'],
    run: command(() => null),
  },
  { what: 'a method that returns a promise', code: 'DECISION_ASYNC', names: ['@Handles(Came)'], run: event(async () => []) },
  {
    what: 'a method that returns a promise that rejects',
    code: 'DECISION_ASYNC',
    names: ['@Handles(Ask)'],
    run: command(() => Promise.reject(new Error(SECRET))),
  },
  { what: 'a method that returns a number', code: 'DECISION_NOT_EVENT', names: ['number', '@Handles(Came)'], run: event(() => 7) },
  { what: 'a method that returns a text', code: 'DECISION_NOT_EVENT', names: ['string'], run: event(() => SECRET) },
  { what: 'a method that returns a foreign object', code: 'DECISION_NOT_EVENT', names: ['object'], run: event(() => ({ note: SECRET })) },
  {
    what: 'a method that returns a look-alike of an event',
    code: 'DECISION_NOT_EVENT',
    names: ['Left'],
    run: event(() => ({ type: 'Left', '~kind': 'event', id: 'a', note: SECRET })),
  },
  {
    what: 'a list with a hole among the events',
    code: 'DECISION_NOT_EVENT',
    names: ['undefined'],
    run: event(() => [new Left({ id: 'a' }), undefined]),
  },
  { what: 'a list in a list', code: 'DECISION_NOT_EVENT', names: ['object'], run: event(() => [[new Left({ id: 'a' })]]) },
  {
    what: 'discard() inside a list',
    code: 'DECISION_NOT_EVENT',
    names: ['object'],
    run: event(() => [discard('no'), new Left({ id: 'a' })]),
  },
  {
    what: 'an event of the type that the actor takes',
    code: 'OUTPUT_IS_INPUT',
    names: ['Came', '"halls"'],
    run: event(() => new Came({ id: 'b' })),
  },
  {
    what: 'a command that `sends` does not name',
    code: 'COMMAND_NOT_DECLARED',
    names: ['Other', '"halls"'],
    run: event(() => new Other({ id: 'b' })),
  },
  {
    what: 'an event whose content JSON cannot hold',
    code: 'CONTENT_NOT_JSON',
    names: ['note is NaN'],
    run: event(() => new Left({ id: 'b', note: NaN })),
  },
  {
    what: 'events of more than one append',
    code: 'DECISION_TOO_LARGE',
    names: ['@Handles(Came)', '4194304'],
    run: event(() => Array.from({ length: 5 }, () => new Left({ id: 'b', note: SECRET.padEnd(1_000_000, 'x') }))),
  },
  {
    what: 'after() with a duration that is none',
    code: 'DURATION_INVALID',
    names: ['"3 fortnights"'],
    run: event(() => after(any('3 fortnights'), any(new Timed({ id: 'a' })))),
  },
  { what: 'after() with NaN', code: 'DURATION_INVALID', names: ['NaN'], run: event(() => after(NaN, any(new Timed({ id: 'a' })))) },
  {
    what: 'after() with a written duration that has passed',
    code: 'DURATION_INVALID',
    names: ['-1 day'],
    run: event(() => after('-1 day', any(new Timed({ id: 'a' })))),
  },
  {
    what: 'after() with 200 years',
    code: 'DURATION_INVALID',
    names: ['"73050 days"'],
    run: event(() => after('73050 days', any(new Timed({ id: 'a' })))),
  },
  {
    what: 'after() without a duration',
    code: 'DURATION_INVALID',
    names: ['undefined'],
    run: event(() => after(any(undefined), any(new Timed({ id: 'a' })))),
  },
  {
    what: 'after() with a key that is a number',
    code: 'DEADLINE_KEY',
    names: ['7'],
    run: event(() => after('1 day', any(new Timed({ id: 'a' })), { key: any(7) })),
  },
  {
    what: 'at() with a text',
    code: 'DEADLINE_TIME',
    names: ['tomorrow'],
    run: event(() => at(any('tomorrow'), any(new Timed({ id: 'a' })))),
  },
  { what: 'cancel() with a key of 257 characters', code: 'DEADLINE_KEY', names: ['xxx'], run: event(() => cancel(Timed, 'x'.repeat(257))) },
  {
    what: 'after() for a message that no method takes',
    code: 'DEADLINE_NOT_TAKEN',
    names: ['Timed', '@Handles(Came)'],
    run: event(() => after('1 day', any(new Timed({ id: 'a' })))),
  },
  { what: 'after() without a message', code: 'DEADLINE_NOT_TAKEN', names: ['undefined'], run: event(() => after('1 day', any(undefined))) },
  {
    what: 'after() in an aggregate',
    code: 'DECISION_FOR_SAGAS',
    names: ['after()', '"desk"'],
    run: command(() => after('1 day', new Timed({ id: 'a' }))),
  },
  { what: 'close() in an aggregate', code: 'DECISION_FOR_SAGAS', names: ['close()', '"desk"'], run: command(() => close()) },
  {
    what: 'a command that its actor refuses',
    code: 'REJECTED',
    names: ['the order is closed'],
    run: command(() => {
      throw new Rejected('the order is closed');
    }),
  },
  {
    what: 'a command that contradicts what was taken in',
    code: 'REJECTED',
    names: ['another price'],
    run: command(() => conflict('another price')),
  },
  { what: 'a fold that moves the status back', code: 'STATUS_MOVED_BACK', names: ['@Applies(Came)', '"open"', '"new"'], run: movingBack },
  {
    what: 'a `once` field that the message does not have',
    code: 'ONCE_KEY_MISSING',
    names: ['Came', 'undefined'],
    run: () => parkedReason(onceBy('number'), row('Came', { id: 'bad', note: SECRET }), (n) => row('Came', { id: `good-${n}`, number: n })),
  },
  {
    what: 'a `once` key of 513 characters',
    code: 'ONCE_KEY_MISSING',
    names: ['Came'],
    run: () =>
      parkedReason(onceBy('number'), row('Came', { id: 'bad', number: 'x'.repeat(513), note: SECRET }), (n) =>
        row('Came', { id: `good-${n}`, number: n }),
      ),
  },
  { what: 'a state that cannot be folded after a restart', code: 'FOLD_FAILED', names: ['desk-a', 'version 0'], run: brokenFold },
  { what: 'key() that returns a number', code: 'KEY_INVALID', names: ['"halls"', '7', 'Came'], run: keyed(() => 7) },
  { what: 'key() that returns an empty text', code: 'KEY_INVALID', names: ['""'], run: keyed(() => '') },
  { what: 'key() that returns null', code: 'KEY_INVALID', names: ['null'], run: keyed(() => null) },
  { what: 'key() that holds NUL', code: 'WRITE_BAD_NAME', names: ['key', 'NUL'], run: keyed(() => 'a\0b') },
  { what: 'key() with half a surrogate pair', code: 'WRITE_BAD_NAME', names: ['key', 'surrogate'], run: keyed(() => 'a\ud800') },
  { what: 'key() of 513 bytes', code: 'WRITE_BAD_NAME', names: ['key', '512 bytes'], run: keyed(() => 'é'.repeat(257)) },
  {
    what: 'a command for no actor',
    code: 'KEY_INVALID',
    names: ['"desk"', 'Ask'],
    run: () => asked(made((T) => ((T.prototype.key = () => undefined), handles(T, Ask), aggregate(T)))),
  },
];

function keyed(key: () => unknown) {
  return () =>
    parkedReason(
      made((T) => {
        T.prototype.key = (e) => (as<{ n?: number }>(e).n === undefined ? key() : 'good');
        handles(T, Came);
        saga(T);
      }),
      row('Came', { id: 'bad', note: SECRET }),
      goodRow,
    );
}

function onceBy(field: string): UseClass {
  return made((T) => (handles(T, Came, { once: field }), saga(T)));
}

function movingBack(): Promise<string> {
  const lifecycle = Lifecycle('new', 'open');
  const use = made((T) => {
    T.prototype.initial = () => ({ status: 'new' });
    T.prototype.apply = (e) => ({ status: as<{ n?: number }>(e).n === undefined ? 'new' : 'open' });
    T.prototype.key = () => 'one';
    handles(T, Came);
    applies(T, Came);
    saga(T, { lifecycle, retry: { attempts: 1 } });
  });
  return failedLast(use, row('Came', { id: 'one', note: SECRET }));
}

/** The bad row comes last: it holds up all that comes for its actor behind it. */
function failedLast(use: UseClass, bad: ReturnType<typeof row>): Promise<string> {
  return running([use], async (app, store) => {
    await store.append([{ stream: 'feed', expected: 'none', events: [goodRow(1), bad] }]);
    await app.settled();
    for await (const { reason } of app.operators.parked()) return reason.replace(/ \(\d+ attempts\)$/, '');
    return undefined as never;
  });
}

async function brokenFold(): Promise<void> {
  const store = memoryStore();
  const deskOf = (apply: () => unknown) =>
    made((T) => {
      T.prototype.apply = apply;
      handles(T, Ask);
      applies(T, Ask);
      aggregate(T);
    });
  const [before, now] = [
    deskOf(() => ({})),
    deskOf(() => {
      throw new Error('no such field');
    }),
  ];
  await running([before], (app) => app.send(any(before), any(new Ask({ id: 'a', note: SECRET })), { id: 'r-1' }), { store });
  await running([now], (app) => app.send(any(now), any(new Ask({ id: 'a' })), { id: 'r-2' }), { store });
}
