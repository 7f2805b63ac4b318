import * as v from 'valibot';
import type { Query } from '@waybill/core/store-kit';
import { Event, Handler, memoryStore, On, personalStore, Projection } from 'waybill';
import type { App, NewEvent, Recorded, Store, Views } from 'waybill';
import {
  any,
  applies,
  as,
  Ask,
  Board,
  Came,
  Desk,
  goodRow,
  Halls,
  handles,
  loose,
  made,
  parkedReason,
  row,
  running,
  saga,
  start,
  waitsFor,
  Timed,
} from './scenes';
import { SECRET } from './wrong';
import type { Wrong } from './wrong';

class Weighed extends Event('Weighed', { schema: v.object({ id: v.string(), grams: v.number() }) }) {}
class Second extends Event('Second', { version: 2, upcast: { 1: (data) => (data['broken'] === true ? any(undefined) : data) } })<{
  id: string;
}> {}
const weighing = () => made((T) => (handles(T, Weighed), saga(T)));
const second = (options: object = {}) => made((T) => (handles(T, Second), saga(T, options)));
const weighed = (n: number) => row('Weighed', { id: `good-${n}`, grams: n });
const seconds = (n: number) => row('Second', { id: `good-${n}` }, { meta: '{"v":2}' });
const bad = (data: string) => () => parkedReason(Halls, row('Came', data));
const raw = (json: string) => `{"id":"bad","note":${json}}`;
/** In the stream of an actor, where only the actor writes. */
const forged = (event: Partial<NewEvent>) => () =>
  running([Desk], async (app, store) => {
    await store.append([{ stream: 'desk-a', expected: 'none', events: [row('took:Ask', { id: 'a', note: SECRET }, event)] }]);
    await app.send(Desk, new Ask({ id: 'a' }), { id: 'r' });
  });
const cause = { id: 'x', source: 'command', position: 0 };

/** Rows that others have written. The app parks them or stops, as the class says; the good rows around them all go through. */
export const LOG: readonly Wrong[] = [
  {
    what: 'an event whose data is no JSON',
    code: 'MESSAGE_INVALID',
    names: ['Came', 'not JSON'],
    run: bad(`{"id":"bad","note":"${SECRET}`),
  },
  { what: 'an event whose data is null', code: 'MESSAGE_INVALID', names: ['Came', 'null'], run: bad('null') },
  { what: 'an event whose data is a list', code: 'MESSAGE_INVALID', names: ['Came'], run: bad(`["${SECRET}"]`) },
  { what: 'an event whose data is a string', code: 'MESSAGE_INVALID', names: ['Came', 'a string'], run: bad(JSON.stringify(SECRET)) },
  { what: 'an event whose data is a number', code: 'MESSAGE_INVALID', names: ['Came', '7'], run: bad('7') },
  {
    what: 'an event that its schema does not accept',
    code: 'MESSAGE_INVALID',
    names: ['Weighed', 'grams'],
    run: () => parkedReason(weighing(), row('Weighed', { id: 'bad', grams: 'many', note: SECRET }), weighed),
  },
  {
    what: 'an event without the field that its key is made of',
    code: 'KEY_INVALID',
    names: ['"halls"', 'null'],
    run: bad(`{"id":null,"note":"${SECRET}"}`),
  },
  { what: 'an event whose key is an object', code: 'KEY_INVALID', names: ['"halls"', 'object'], run: bad(`{"id":{"note":"${SECRET}"}}`) },
  {
    what: 'an event with "__proto__" in its data',
    code: 'CONTENT_FORBIDDEN_KEY',
    names: ['Came', '"__proto__"'],
    run: bad(`{"id":"bad","__proto__":{"admin":"${SECRET}"}}`),
  },
  {
    what: 'an event with "__proto__" deep in its data',
    code: 'CONTENT_FORBIDDEN_KEY',
    names: ['note.0.__proto__'],
    run: bad(raw(`[{"__proto__":"${SECRET}"}]`)),
  },
  {
    what: 'an event with "constructor" in its data',
    code: 'CONTENT_FORBIDDEN_KEY',
    names: ['Came', '"constructor"'],
    run: bad('{"id":"bad","constructor":{"prototype":{"admin":1}}}'),
  },
  {
    what: 'an event that is 10,000 deep',
    code: 'CONTENT_TOO_DEEP',
    names: ['note.0.0', '64'],
    run: bad(raw(`${'['.repeat(10_000)}${']'.repeat(10_000)}`)),
  },
  {
    what: 'an event whose version is not a number',
    code: 'MESSAGE_INVALID',
    names: ['Second', '0.5'],
    run: () => parkedReason(second(), row('Second', { id: 'bad' }, { meta: '{"v":0.5}' }), seconds),
  },
  {
    what: 'an event whose upcast returns nothing',
    code: 'MESSAGE_INVALID',
    names: ['Second from 1', 'undefined'],
    run: () => parkedReason(second(), row('Second', { id: 'bad', broken: true, note: SECRET }), seconds),
  },
  {
    what: 'an event that is newer than the code',
    code: 'LOG_NEWER_VERSION',
    names: ['position 1', 'Second', '3', '2'],
    run: () => waitsFor(second(), 'feed', row('Second', { id: 'bad', note: SECRET }, { meta: '{"v":3}' })),
  },
  {
    what: 'an event of a version that is a text',
    code: 'MESSAGE_INVALID',
    names: ['Second', '"9"'],
    run: () => parkedReason(second(), row('Second', { id: 'bad', note: SECRET }, { meta: '{"v":"9"}' }), seconds),
  },
  {
    what: 'an event of a version that is an object',
    code: 'MESSAGE_INVALID',
    names: ['Came', 'an object'],
    run: () => parkedReason(Halls, row('Came', { id: 'bad', note: SECRET }, { meta: '{"v":{"toString":7}}' })),
  },
  {
    what: 'an event whose meta is no JSON',
    code: 'LOG_DAMAGED',
    names: ['feed version 2', 'Came', 'position 3'],
    run: () => parkedReason(Halls, row('Came', { id: 'bad', note: SECRET }, { meta: '{"v":2' })),
  },
  {
    what: 'an event that a handler cannot read',
    code: 'MESSAGE_INVALID',
    names: ['Came', 'not JSON'],
    run: () =>
      parkedReason(
        made((T) => (loose(On(Came))(T.prototype, 'handle'), loose(Handler('mail', { delivery: 'at-least-once' }))(T))),
        row('Came', `{"id":"${SECRET}`),
      ),
  },
  {
    what: 'an event that a projection cannot read',
    code: 'MESSAGE_INVALID',
    names: ['Came', 'not JSON'],
    run: () => parkedReason(Board, row('Came', `{"id":"${SECRET}`)),
  },
  {
    what: 'an event of which a projection makes a row that is no JSON',
    code: 'CONTENT_NOT_JSON',
    names: ['n is NaN'],
    run: () =>
      parkedReason(
        made(
          (T) => (
            (T.prototype.apply = (e) => (as<{ n?: number }>(e).n === undefined ? { n: NaN } : { n: 1 })),
            applies(T, Came),
            loose(boardOf())(T)
          ),
        ),
        row('Came', { id: 'bad', note: SECRET }),
      ),
  },
  { what: 'a row in an actor’s stream that no actor wrote', code: 'LOG_FOREIGN_ROW', names: ['desk-a', 'version 0'], run: forged({}) },
  {
    what: 'a row in an actor’s stream whose cause has no position',
    code: 'LOG_FOREIGN_ROW',
    names: ['desk-a'],
    run: forged({ meta: '{"cause":{"id":"x","source":"s","position":"1"}}' }),
  },
  {
    what: 'a row of an actor whose meta is null',
    code: 'LOG_DAMAGED',
    names: ['desk-a version 0', 'took:Ask'],
    run: forged({ meta: 'null' }),
  },
  {
    what: 'a row of an actor whose meta is no JSON',
    code: 'LOG_DAMAGED',
    names: ['desk-a version 0', 'position 1'],
    run: forged({ meta: `{"cause":"${SECRET}` }),
  },
  {
    what: 'a closing row whose data is no JSON',
    code: 'LOG_DAMAGED',
    names: ['desk-a version 0', 'took:~closed'],
    run: forged({ type: 'took:~closed', data: SECRET, meta: JSON.stringify({ cause }) }),
  },
  {
    what: 'a closing row that lacks its fields',
    code: 'LOG_DAMAGED',
    names: ['desk-a version 0', 'took:~closed'],
    run: forged({ type: 'took:~closed', data: '{}', meta: JSON.stringify({ cause }) }),
  },
  { what: 'a mark of runs that is no JSON', code: 'LOG_DAMAGED', names: ['"halls:run"'], run: damagedSnapshot('halls:run', SECRET) },
  { what: 'a mark of runs that is null', code: 'LOG_DAMAGED', names: ['"halls:run"'], run: damagedSnapshot('halls:run', 'null') },
  {
    what: 'a mark of runs that lacks its numbers',
    code: 'LOG_DAMAGED',
    names: ['"halls:run"'],
    run: damagedSnapshot('halls:run', '{"open":true,"low":"0"}'),
  },
  {
    what: 'a clock of deadlines that is no JSON',
    code: 'LOG_DAMAGED',
    names: ['"halls:clock"'],
    run: damagedSnapshot('halls:clock', SECRET),
  },
  {
    what: 'a clock of deadlines that is a text',
    code: 'LOG_DAMAGED',
    names: ['"halls:clock"'],
    run: damagedSnapshot('halls:clock', '{"done":"7"}'),
  },
  {
    what: 'a deadline on disk that somebody has altered',
    code: 'LOG_DAMAGED',
    names: ['halls:due-', 'version 0'],
    run: () => onDisk({ meta: SECRET }),
  },
  { what: 'a pointer of generations that is no JSON', code: 'LOG_DAMAGED', names: ['"board~"'], run: damagedPointer(SECRET) },
  { what: 'a pointer of generations that is null', code: 'LOG_DAMAGED', names: ['"board~"'], run: damagedPointer('null') },
  { what: 'a pointer of generations that is a number', code: 'LOG_DAMAGED', names: ['"board~"'], run: damagedPointer('7') },
  { what: 'a pointer of generations without numbers', code: 'LOG_DAMAGED', names: ['"board~"'], run: damagedPointer('{"current":-1}') },
  {
    what: 'a row of a view that the projection cannot go on from',
    code: 'VIEW_UNREADABLE',
    names: ['"board"'],
    run: () => overwritten(`{"n":"${SECRET}`),
  },
  {
    what: 'a row of a view that was held up, altered',
    code: 'VIEW_UNREADABLE',
    names: ['"good-1"'],
    run: () => overwritten(` {"~blocked":{"from":"${SECRET}"},"row":{"n":1}}`),
  },
  {
    what: 'a row of a type that the actor took in once and no longer knows',
    code: 'LOG_UNKNOWN_TYPE',
    names: ['Gone', '"desk"', 'version 0'],
    run: forged({ type: 'took:Gone', meta: JSON.stringify({ cause }) }),
  },
  {
    what: 'a row that says what only a newer Waybill knows',
    code: 'LOG_NEWER_ROW',
    names: ['"split"', 'desk-a version 0'],
    run: forged({ meta: JSON.stringify({ cause, split: 7 }) }),
  },
  {
    what: 'a row that was taken in by newer code',
    code: 'LOG_NEWER_VERSION',
    names: ['Ask', '7', 'desk-a'],
    run: forged({ meta: JSON.stringify({ cause, v: 7 }) }),
  },
  { what: 'a stream that lacks a row', code: 'LOG_GAP', names: ['desk-a', 'version 2'], run: gap },
  { what: 'a parked row that nobody can read', code: 'PARKED_UNREADABLE', names: ['Came', 'not JSON'], run: unreadable },
  { what: 'an encrypted row that somebody has altered', code: 'PERSONAL_UNREADABLE', names: ['Told2', 'version 0'], run: altered },
];

const timed = (options: object = {}) => made((T) => (handles(T, Came), handles(T, Timed, { deadline: true }, 'apply'), saga(T, options)));

function damagedSnapshot(name: string, data: string) {
  return async () => {
    const store = memoryStore();
    await store.snapshot(name).save({ version: 1, data });
    await start([timed()], { store });
  };
}

/** A deadline in its bucket, while the saga is down. */
export async function onDisk(armed: object, options: object = {}): Promise<void> {
  const store = memoryStore();
  const minute = Math.floor(Date.now() / 60_000);
  await store.snapshot('halls:clock').save({ version: minute - 3, data: JSON.stringify({ done: minute - 3 }) });
  const meta = JSON.stringify({ cause, armed: { type: 'Timed', stream: 'halls-a', version: 0, ...armed } });
  const events = [row('took:~due', { id: 'a', note: SECRET }, { meta })];
  await store.append([{ stream: `halls:due-${minute - 2}`, expected: 'none', events }]);
  await running([timed(options)], (app) => app.settled(), { store });
}

function damagedPointer(row: string) {
  return async () => {
    const store = memoryStore();
    await (store.views as Views).write('board~', [{ key: 'generation', row, position: 1, expected: 0 }]);
    await start([Board], { store });
  };
}

/** What the app stops with, or the reason with which the next event of that row is parked. */
function overwritten(text: string): Promise<string> {
  return running([Board], async (app, store) => {
    await (store.views as Views).write('board', [{ key: 'good-1', row: text, position: 1, expected: 0 }]);
    await store.append([{ stream: 'feed', expected: 'none', events: [goodRow(0), goodRow(1)] }]);
    await app.settled();
    for await (const { reason } of app.operators.parked()) return reason;
    return '';
  });
}

function boardOf(): unknown {
  return Projection('rows');
}

async function gap(): Promise<void> {
  const store = memoryStore();
  const ask = (id: string) => (app: App) => app.send(Desk, new Ask({ id: 'a' }), { id });
  await running([Desk], ask('r-1'), { store });
  await running([Desk], ask('r-2'), { store });
  const without = Object.assign(Object.create(store) as Store, {
    read: async (stream: string, from?: number, limit?: number) =>
      (await store.read(stream, from, limit)).filter(({ version }) => version !== 1),
  });
  await running([Desk], ask('r-3'), { store: without });
}

/** The message stays parked, and the operator's retry tells why. */
function unreadable(): Promise<string> {
  const mail = made((T) => (loose(On(Came))(T.prototype, 'handle'), loose(Handler('mail', { delivery: 'at-least-once' }))(T)));
  return running([mail], async (app, store) => {
    await store.append([{ stream: 'feed', expected: 'none', events: [goodRow(1), row('Came', `{"id":"${SECRET}`)] }]);
    await app.settled();
    for await (const { stream, version } of app.operators.parked()) {
      const { results: endings, left } = await app.operators.retry(stream, version, { by: 'ada', why: 'once more' });
      if (left === 1) return endings[0]?.reason ?? '';
    }
    return '';
  });
}

async function altered(): Promise<void> {
  const Told2 = Event('Told2', any({ personal: ['name'], subject: (e: { person: string }) => e.person }));
  const use = made((T) => (handles(T, Told2), saga(T)));
  const inner = memoryStore();
  const writer = personalStore(inner);
  await writer.append([{ stream: 'feed', expected: 'none', events: [row('Told2', { id: 'a', person: 'p-1', name: SECRET })] }]);
  const [stored] = await inner.read('feed');
  const { name } = JSON.parse((stored as Recorded).data) as { name: string };
  const half = Math.floor(name.length / 2);
  const other = name.slice(0, half) + (name[half] === 'A' ? 'B' : 'A') + name.slice(half + 1);
  const log = Object.assign(Object.create(inner) as Store, {
    async *subscribe(query: Query, signal: AbortSignal) {
      for await (const page of inner.subscribe(query, signal)) {
        yield { ...page, events: page.events.map((one) => ({ ...one, data: one.data.replace(name, other) })) };
      }
    },
  });
  await running([use], (app) => app.settled(), { store: log });
}
