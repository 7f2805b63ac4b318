import { explain, memoryStore, WaybillError } from 'waybill';
import type { App, Store, Views } from 'waybill';
import { any, Ask, Board, Came, deciding, Desk, Halls, Other, row, running, start } from './scenes';
import { SECRET } from './wrong';
import type { Wrong } from './wrong';

const ask = (id: string) => new Ask({ id, note: SECRET });
const desk = (call: (app: App) => unknown) => () => running([Desk], call);
const send = (id: unknown) => desk((app) => app.send(Desk, ask('a'), { id: any(id) }));
/** With one event parked at version 0 of halls-bad. */
const parked = (call: (app: App, store: Store) => unknown) => () =>
  running([failing, Board], async (app, store) => {
    await store.append([{ stream: 'feed', expected: 'none', events: [row('Came', { id: 'bad', note: SECRET })] }]);
    await app.settled();
    return call(app, store);
  });
const failing = deciding(
  () => {
    throw new Error('no such field');
  },
  { retry: { attempts: 1 } },
);
const signed = { by: 'ada', why: 'the dependency is back' };
const all = async (rows: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of rows) void _;
};

/** Calls of an app with wrong arguments, or at the wrong time. */
export const CALLS: readonly Wrong[] = [
  {
    what: 'send to a class that is no aggregate',
    code: 'NOT_IN_USE',
    names: ['Halls', 'aggregate'],
    run: () => running([Halls], (app) => app.send(any(Halls), any(ask('a')), { id: 'r' })),
  },
  {
    what: 'send to an aggregate that is not in use',
    code: 'NOT_IN_USE',
    names: ['Desk'],
    run: () => running([Halls], (app) => app.send(Desk, ask('a'), { id: 'r' })),
  },
  {
    what: 'send to undefined',
    code: 'CLASS_NOT_DECORATED',
    names: ['undefined'],
    run: desk((app) => app.send(any(undefined), any(ask('a')), { id: 'r' })),
  },
  {
    what: 'send of a command that the aggregate does not take',
    code: 'COMMAND_NOT_TAKEN',
    names: ['"Other"', '"desk"'],
    run: desk((app) => app.send(Desk, any(new Other({ id: 'a' })), { id: 'r' })),
  },
  {
    what: 'send of an event',
    code: 'COMMAND_NOT_TAKEN',
    names: ['"Came"'],
    run: desk((app) => app.send(Desk, any(new Came({ id: 'a' })), { id: 'r' })),
  },
  {
    what: 'send of plain data',
    code: 'COMMAND_NOT_TAKEN',
    names: ['undefined', '"desk"'],
    run: desk((app) => app.send(Desk, any({ id: 'a', note: SECRET }), { id: 'r' })),
  },
  {
    what: 'send of undefined',
    code: 'COMMAND_NOT_TAKEN',
    names: ['undefined', '"desk"'],
    run: desk((app) => app.send(Desk, any(undefined), { id: 'r' })),
  },
  {
    what: 'send of a look-alike of a command',
    code: 'COMMAND_NOT_TAKEN',
    names: ['"Ask"'],
    run: desk((app) => app.send(Desk, any({ type: 'Ask', '~kind': 'command', id: 'a', note: SECRET }), { id: 'r' })),
  },
  {
    what: 'send without an id',
    code: 'WRITE_BAD_NAME',
    names: ['command id', 'undefined'],
    run: desk((app) => app.send(Desk, ask('a'), any(undefined))),
  },
  { what: 'send with an id that is undefined', code: 'WRITE_BAD_NAME', names: ['command id', 'undefined'], run: send(undefined) },
  { what: 'send with an id that is empty', code: 'WRITE_BAD_NAME', names: ['command id', '""'], run: send('') },
  { what: 'send with an id that is a number', code: 'WRITE_BAD_NAME', names: ['command id', '7'], run: send(7) },
  { what: 'send with an id that is an object', code: 'WRITE_BAD_NAME', names: ['command id', 'object'], run: send({ note: SECRET }) },
  { what: 'send with an id that holds NUL', code: 'WRITE_BAD_NAME', names: ['command id', 'NUL'], run: send('a\0b') },
  {
    what: 'send with an id that is half a surrogate pair',
    code: 'WRITE_BAD_NAME',
    names: ['command id', 'surrogate'],
    run: send('\udc00'),
  },
  { what: 'send with an id of 513 bytes', code: 'WRITE_BAD_NAME', names: ['command id', '512 bytes'], run: send('x'.repeat(513)) },
  {
    what: 'send of a command whose content JSON cannot hold',
    code: 'CONTENT_NOT_JSON',
    names: ['note is NaN'],
    run: desk((app) => app.send(Desk, new Ask({ id: 'a', note: NaN }), { id: 'r' })),
  },
  {
    what: 'the id of another command, used again',
    code: 'COMMAND_CONFLICT',
    names: ['"r-1"', 'Ask', 'note'],
    run: desk(async (app) => {
      await app.send(Desk, new Ask({ id: 'a' }), { id: 'r-1' });
      await app.send(Desk, ask('a'), { id: 'r-1' });
    }),
  },
  {
    what: 'send after stop',
    code: 'APP_STOPPED',
    names: ['stopped'],
    run: desk(async (app) => {
      await app.stop();
      await app.send(Desk, ask('a'), { id: 'r' });
    }),
  },
  {
    what: 'settled after stop',
    code: 'APP_STOPPED',
    names: ['stopped'],
    run: desk(async (app) => {
      await app.stop();
      await app.settled();
    }),
  },
  {
    what: 'operators after stop',
    code: 'APP_STOPPED',
    names: ['stopped'],
    run: parked(async (app) => {
      await app.stop();
      await all(app.operators.parked());
    }),
  },
  {
    what: 'send when the store was closed under the app',
    code: 'STORE_CLOSED',
    names: ['"memory"'],
    run: () =>
      running([Desk], async (app, store) => {
        await store.close();
        await app.send(Desk, ask('a'), { id: 'r' });
      }),
  },
  {
    what: 'start on a store that is closed',
    code: 'STORE_CLOSED',
    names: ['"memory"'],
    run: async () => {
      const store = memoryStore();
      await store.close();
      await start([Halls], { store });
    },
  },
  { what: 'more than 65,536 commands at once', code: 'SEND_OVERLOADED', names: ['65536', '"desk"'], run: overloaded },
  { what: 'view of a class that is no projection', code: 'NOT_IN_USE', names: ['Desk', 'projection'], run: desk((app) => app.view(Desk)) },
  {
    what: 'a row of a view that somebody has overwritten',
    code: 'VIEW_UNREADABLE',
    names: ['"good-1"', '"board"'],
    run: () =>
      running([Board], async (app, store) => {
        await (store.views as Views).write('board', [{ key: 'good-1', row: `{"n":${SECRET}`, position: 1, expected: 0 }]);
        await app.view(Board).all();
      }),
  },
  { what: 'a page of 0 rows', code: 'PAGE_LIMIT', names: ['0'], run: () => running([Board], (app) => app.view(Board).page({ limit: 0 })) },
  {
    what: 'a page of Infinity rows',
    code: 'PAGE_LIMIT',
    names: ['Infinity'],
    run: () => running([Board], (app) => app.view(Board).page({ limit: Infinity })),
  },
  {
    what: 'rebuild of a projection that is not in use',
    code: 'NOT_IN_USE',
    names: ['Board', 'projection'],
    run: desk((app) => app.rebuild(Board)),
  },
  {
    what: 'rebuild of a saga',
    code: 'NOT_IN_USE',
    names: ['Halls', 'projection'],
    run: () => running([Halls], (app) => app.rebuild(any(Halls))),
  },
  {
    what: 'rebuild after stop',
    code: 'APP_STOPPED',
    names: ['stopped'],
    run: () =>
      running([Board], async (app) => {
        await app.stop();
        await app.rebuild(Board);
      }),
  },
  {
    what: 'retry in a stream that is nobody’s',
    code: 'NOT_PARKED',
    names: ['"feed"'],
    run: parked((app) => app.operators.retry('feed', 0, signed)),
  },
  {
    what: 'retry of a stream that is undefined',
    code: 'NOT_PARKED',
    names: ['undefined'],
    run: parked((app) => app.operators.retry(any(undefined), 0, signed)),
  },
  {
    what: 'skip without a signature',
    code: 'SIGNATURE_MISSING',
    names: ['by', 'why'],
    run: parked((app) => app.operators.skip('halls-bad', 0, any(undefined))),
  },
  {
    what: 'retry of a version that is not parked',
    code: 'NOT_PARKED',
    names: ['"halls-bad"', '7'],
    run: parked((app) => app.operators.retry('halls-bad', 7, signed)),
  },
  {
    what: 'retry of version NaN',
    code: 'NOT_PARKED',
    names: ['"halls-bad"', 'NaN'],
    run: parked((app) => app.operators.retry('halls-bad', NaN, signed)),
  },
  {
    what: 'skip of version -1',
    code: 'NOT_PARKED',
    names: ['"halls-bad"', '-1'],
    run: parked((app) => app.operators.skip('halls-bad', -1, signed)),
  },
  {
    what: 'skip twice',
    code: 'NOT_PARKED',
    names: ['"halls-bad"', '0'],
    run: parked(async (app) => {
      await app.operators.skip('halls-bad', 0, signed);
      await app.operators.skip('halls-bad', 0, signed);
    }),
  },
  {
    what: 'skip in a row of a projection that nothing holds up',
    code: 'NOT_PARKED',
    names: ['"board:row-good"'],
    run: parked((app) => app.operators.skip('board:row-good', 0, signed)),
  },
  {
    what: 'retry of a version that is a text',
    code: 'NOT_PARKED',
    names: ['"halls-bad"'],
    run: parked((app) => app.operators.retry('halls-bad', any('0'), signed)),
  },
  {
    what: 'retry that nobody signs for',
    code: 'SIGNATURE_MISSING',
    names: ['by', 'why'],
    run: parked((app) => app.operators.retry('halls-bad', 0, any({ by: 'ada' }))),
  },
  {
    what: 'skip without a reason',
    code: 'SIGNATURE_MISSING',
    names: ['by', 'why'],
    run: parked((app) => app.operators.skip('halls-bad', 0, { by: 'ada', why: '' })),
  },
  {
    what: 'skip with a reason that is a number',
    code: 'SIGNATURE_MISSING',
    names: ['by', 'why'],
    run: parked((app) => app.operators.skip('halls-bad', 0, any({ by: 'ada', why: 7 }))),
  },
  { what: 'forget of an empty name', code: 'WRITE_BAD_NAME', names: ['subject', '""'], run: desk((app) => app.forget('')) },
  { what: 'forget of a number', code: 'WRITE_BAD_NAME', names: ['subject', '7'], run: desk((app) => app.forget(any(7))) },
  { what: 'forget of undefined', code: 'WRITE_BAD_NAME', names: ['subject', 'undefined'], run: desk((app) => app.forget(any(undefined))) },
  {
    what: 'forget of a list with a hole',
    code: 'WRITE_BAD_NAME',
    names: ['subject', 'undefined'],
    run: desk((app) => app.forget(any(['a', undefined]))),
  },
  { what: 'explain of a number', code: 'WRITE_BAD_NAME', names: ['id', '7'], run: desk((app) => app.explain(any(7))) },
  { what: 'explain of undefined', code: 'WRITE_BAD_NAME', names: ['id', 'undefined'], run: desk((app) => app.explain(any(undefined))) },
  { what: 'explain of an empty id', code: 'WRITE_BAD_NAME', names: ['id', '""'], run: desk((app) => app.explain('')) },
  {
    what: 'explain on a store of its own, of an object',
    code: 'WRITE_BAD_NAME',
    names: ['id', 'object'],
    run: () => explain(memoryStore(), any({ note: SECRET }), { use: [Halls] }),
  },
];

/** A store that lets every append wait, and then fails them all: so the queue is gone at once. */
async function overloaded(): Promise<unknown> {
  let fail = (): void => undefined;
  const failed = new Promise<never>((_, reject) => (fail = () => reject(new WaybillError('STORE_IO', 'the disk is gone', 'none'))));
  failed.catch(() => undefined);
  const slow = Object.assign(Object.create(memoryStore()) as Store, { append: () => failed });
  return running(
    [Desk],
    async (app) => {
      const sent = Array.from({ length: 65_536 }, (_, n) => app.send(Desk, new Ask({ id: 'a' }), { id: `r-${n}` }).catch(() => undefined));
      try {
        return await app.send(Desk, ask('a'), { id: 'one-more' });
      } finally {
        fail();
        await Promise.all(sent);
      }
    },
    { store: slow },
  );
}
