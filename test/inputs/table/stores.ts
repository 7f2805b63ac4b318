import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventStore } from '@waybill/eventstore-client';
import { startDevServer } from '@waybill/devserver';
import { sqlite } from '@waybill/sqlite';
import { memoryStore } from 'waybill';
import type { NewEvent, Store } from 'waybill';
import { DEADLINE, withDeadlines } from '../../deadlines';
import { any, row } from './scenes';
import { openDatabase } from '../../database';
import { SECRET } from './wrong';
import type { Scene, Wrong } from './wrong';

const path = ({ folder }: Scene): string => join(folder, 'log.db');
const opened = (prepare: (file: string) => unknown) => async (scene: Scene) => {
  const file = path(scene);
  await prepare(file);
  await sqlite(file).close();
};
function patched(file: string, sql: string): void {
  const db = openDatabase(file);
  db.exec(sql);
  db.close();
}
async function filled(file: string): Promise<void> {
  const store = sqlite(file);
  await store.append([{ stream: 's', expected: 'none', events: [row('Came', { note: SECRET.padEnd(40_000, 'x') })] }]);
  await store.close();
}
const with_ =
  (call: (store: Store) => unknown) =>
  async ({ folder }: Scene) => {
    const store = sqlite(join(folder, 'log.db'));
    try {
      return await call(store);
    } finally {
      await store.close();
    }
  };
const append = (over: Partial<NewEvent>, stream = 's', expected: number | 'none' = 'none') =>
  with_((store) => store.append([{ stream, expected, events: [row('Came', { note: SECRET }, over)] }]));
const uuid = '11111111-2222-4333-8444-555555555555';
const served = (call: (url: string) => unknown) => async () => {
  const log = memoryStore({ id: 'log' });
  const server = await startDevServer({ store: log });
  try {
    return await call(server.url);
  } finally {
    await server.stop();
    await log.close();
  }
};
const onServer = (call: (store: Store, url: string) => unknown) =>
  served(async (url) => {
    const store = await eventStore(url);
    try {
      return await call(store, url);
    } finally {
      await store.close();
    }
  });

/** Files that are none, or not good any more. */
export const FILES: readonly Wrong[] = [
  {
    what: 'a letter',
    code: 'STORE_FILE_NOT_A_DATABASE',
    names: ['log.db'],
    run: opened((file) => writeFileSync(file, `Dear Sir, ${SECRET}`)),
  },
  { what: 'one byte', code: 'STORE_FILE_NOT_A_DATABASE', names: ['log.db'], run: opened((file) => writeFileSync(file, 'D')) },
  {
    what: 'the SQLite file of another program',
    code: 'STORE_FILE_FOREIGN',
    names: ['log.db'],
    run: opened((file) => patched(file, 'CREATE TABLE songs (title TEXT)')),
  },
  {
    what: 'a file of a newer format',
    code: 'STORE_FORMAT_NEWER',
    names: ['log.db', 'format 99'],
    run: opened(async (file) => {
      await filled(file);
      patched(file, 'PRAGMA user_version = 99');
    }),
  },
  {
    what: 'a file with our mark and none of our tables',
    code: 'STORE_FILE_DAMAGED',
    names: ['log.db', 'tables'],
    run: opened((file) => patched(file, 'PRAGMA application_id = 0x57415942')),
  },
  {
    what: 'a file that was cut within its header',
    code: 'STORE_FILE_DAMAGED',
    names: ['log.db', 'cut off after 60 bytes'],
    run: opened(async (file) => {
      await filled(file);
      truncateSync(file, 60);
    }),
  },
  {
    what: 'a file that was cut behind its header',
    code: 'STORE_FILE_DAMAGED',
    names: ['log.db', '5000 bytes'],
    run: opened(async (file) => {
      await filled(file);
      truncateSync(file, 5_000);
    }),
  },
  {
    what: 'a file whose pages were overwritten',
    code: 'STORE_FILE_DAMAGED',
    names: ['log.db'],
    run: opened(async (file) => {
      await filled(file);
      writeFileSync(file, readFileSync(file).fill(0x5a, 100));
      patchMark(file);
    }),
  },
  {
    what: 'a file whose log has no id',
    code: 'STORE_FILE_DAMAGED',
    names: ['log.db', 'id'],
    run: opened(async (file) => {
      await filled(file);
      patched(file, 'DELETE FROM log');
    }),
  },
  {
    what: 'an empty file beside a -wal file that is not',
    code: 'STORE_FILE_DAMAGED',
    names: ['log.db', '-wal'],
    run: opened((file) => {
      writeFileSync(file, '');
      writeFileSync(`${file}-wal`, 'rows');
    }),
  },
  { what: 'a folder', code: 'STORE_FILE_IS_FOLDER', names: ['log.db'], run: opened((file) => mkdirSync(file)) },
  {
    what: 'a path in a folder that is not there',
    code: 'STORE_FILE_NO_FOLDER',
    names: ['nowhere'],
    run: ({ folder }) => sqlite(join(folder, 'nowhere', 'log.db')),
  },
  {
    what: 'a path in a file',
    code: 'STORE_FILE_NO_FOLDER',
    names: ['log.db'],
    run: opened((file) => {
      writeFileSync(file, '');
      sqlite(join(file, 'log.db'));
    }),
  },
  { what: 'an empty path', code: 'STORE_OPTIONS', names: ['the file is ""'], run: () => sqlite('') },
  { what: 'a path that holds NUL', code: 'STORE_OPTIONS', names: ['the file is'], run: () => sqlite('a\0.db') },
  { what: 'a path that is undefined', code: 'STORE_OPTIONS', names: ['the file is undefined'], run: () => sqlite(any(undefined)) },
  {
    what: 'a durability that is none, and a timeout of -1: both are told',
    code: 'STORE_OPTIONS',
    names: ['durability is "none"', 'busyTimeout is -1'],
    run: ({ folder }) => sqlite(join(folder, 'log.db'), any({ durability: 'none', busyTimeout: -1 })),
  },
  {
    what: 'an option that is none',
    code: 'STORE_OPTIONS',
    names: ['"durabilty" is not an option'],
    run: ({ folder }) => sqlite(join(folder, 'log.db'), any({ durabilty: 'full' })),
  },
  { what: 'options that are null', code: 'STORE_OPTIONS', names: ['null'], run: ({ folder }) => sqlite(join(folder, 'log.db'), any(null)) },
  { what: 'a file that another process has locked', code: 'STORE_BUSY', names: ['log.db', 'locked'], run: locked },
];

/** Calls of a store that no store takes. */
export const STORES: readonly Wrong[] = [
  {
    what: 'an append of no event',
    code: 'WRITE_EMPTY',
    names: ['"s"'],
    run: with_((store) => store.append([{ stream: 's', expected: 'none', events: [] }])),
  },
  {
    what: 'two writes of one stream in one call',
    code: 'WRITE_SAME_STREAM_TWICE',
    names: ['"s"'],
    run: with_((store) => store.append([0, 1].map(() => ({ stream: 's', expected: 'none', events: [row('Came', {})] })))),
  },
  { what: 'a stream without a name', code: 'WRITE_BAD_NAME', names: ['stream', '""'], run: append({}, '') },
  { what: 'a stream whose name holds NUL', code: 'WRITE_BAD_NAME', names: ['stream', 'NUL'], run: append({}, 'a\0b') },
  {
    what: 'a stream whose name is half a surrogate pair',
    code: 'WRITE_BAD_NAME',
    names: ['stream', 'surrogate'],
    run: append({}, '\ud83d'),
  },
  { what: 'a stream name of 513 bytes', code: 'WRITE_BAD_NAME', names: ['stream', '512'], run: append({}, `${'é'.repeat(256)}x`) },
  { what: 'an event type that is empty', code: 'WRITE_BAD_NAME', names: ['event type'], run: append({ type: '' }) },
  { what: 'an event id that is a number', code: 'WRITE_BAD_NAME', names: ['event id', '7'], run: append({ id: any(7) }) },
  { what: 'data that holds NUL', code: 'WRITE_BAD_TEXT', names: ['data', '"s"'], run: append({ data: `"${SECRET}\0"` }) },
  { what: 'data that is an object', code: 'WRITE_BAD_TEXT', names: ['data', 'not a string'], run: append({ data: any({ note: SECRET }) }) },
  { what: 'a meta that is empty', code: 'WRITE_BAD_TEXT', names: ['meta', 'empty'], run: append({ meta: '' }) },
  { what: 'a time before 1970', code: 'WRITE_BAD_NUMBER', names: ['time', '-1'], run: append({ time: -1 }) },
  { what: 'a time that is NaN', code: 'WRITE_BAD_NUMBER', names: ['time', 'NaN'], run: append({ time: NaN }) },
  {
    what: 'an expected version of 2^53',
    code: 'WRITE_BAD_NUMBER',
    names: ['expected version', '9007199254740992'],
    run: append({}, 's', 2 ** 53),
  },
  {
    what: 'an expected version that is a text',
    code: 'WRITE_BAD_NUMBER',
    names: ['expected version', '"0"'],
    run: append({}, 's', any('0')),
  },
  {
    what: 'an event of 1 MiB and one byte',
    code: 'WRITE_TOO_LARGE',
    names: ['1048577', '"s"'],
    run: append({ data: JSON.stringify(SECRET.padEnd(1_048_573, 'x')) }),
  },
  {
    what: 'a write of more than 4 MiB',
    code: 'WRITE_TOO_LARGE',
    names: ['4194304', '"s"'],
    run: with_((store) =>
      store.append([
        { stream: 's', expected: 'none', events: Array.from({ length: 5 }, () => row('Came', SECRET.padEnd(1_000_000, 'x'))) },
      ]),
    ),
  },
  {
    what: 'truncate before a row that is not there',
    code: 'TRUNCATE_AHEAD',
    names: ['"s"', '3'],
    run: with_((store) => store.truncate('s', 3)),
  },
  { what: 'truncate before -1', code: 'WRITE_BAD_NUMBER', names: ['-1', '"s"'], run: with_((store) => store.truncate('s', -1)) },
  {
    what: 'a checkpoint ahead of the log',
    code: 'CHECKPOINT_AHEAD',
    names: ['"mail"', '7'],
    run: with_((store) => store.checkpoint('mail').save({ store: store.id, position: 7, epoch: 0 })),
  },
  {
    what: 'a checkpoint at -1',
    code: 'CHECKPOINT_AHEAD',
    names: ['"mail"', '-1'],
    run: with_((store) => store.checkpoint('mail').rewind(-1)),
  },
  {
    what: 'the checkpoint of another log',
    code: 'CHECKPOINT_OTHER_STORE',
    names: ['"mail"', '"other"'],
    run: with_((store) => store.checkpoint('mail').save({ store: 'other', position: 0, epoch: 0 })),
  },
  {
    what: 'a call of a store that is closed',
    code: 'STORE_CLOSED',
    names: ['log.db'],
    run: with_(async (store) => {
      await store.close();
      await store.read('s');
    }),
  },
  {
    what: 'a secret that holds NUL',
    code: 'WRITE_BAD_TEXT',
    names: ['secret', 'NUL'],
    run: with_((store) => store.keys?.keep('p-1', `${SECRET}\0`)),
  },
];

/** Somebody else has written into a stream of the store's own. */
const written = (stream: string, data: string) => async () => {
  const log = memoryStore({ id: 'log' });
  const server = await startDevServer({ store: log });
  try {
    const own = { stream, expected: 'none' as const, events: [row(stream.split('-')[0] ?? '', data, { id: uuid, meta: '{"a":1}' })] };
    await log.append([own]);
    const store = await eventStore(server.url);
    await store
      .checkpoint('mail')
      .load()
      .finally(() => store.close());
  } finally {
    await server.stop();
    await log.close();
  }
};

/** EventStoreDB and KurrentDB, through the server for development. */
export const SERVERS: readonly Wrong[] = [
  {
    what: 'a connection string that is none',
    code: 'STORE_CONNECTION_STRING',
    names: ['esdb://'],
    run: () => eventStore('localhost:2113'),
  },
  {
    what: 'an @ in the password',
    code: 'STORE_CONNECTION_STRING',
    names: ['@', 'percent-encoded'],
    run: () => eventStore(`esdb://admin:${SECRET}@x@127.0.0.1:2113`),
  },
  {
    what: 'a port of 70000 and an option that is none: both are told',
    code: 'STORE_CONNECTION_STRING',
    names: ['port of host 1', 'option 1'],
    run: () => eventStore(`esdb://admin:${SECRET}@127.0.0.1:70000?pasword=${SECRET}`),
  },
  {
    what: 'a password in clear text over the network',
    code: 'STORE_CONNECTION_STRING',
    names: ['tls=false', 'allowInsecure'],
    run: () => eventStore(`esdb://admin:${SECRET}@db.example:2113?tls=false`),
  },
  {
    what: 'an option of eventStore() that is none',
    code: 'STORE_OPTIONS',
    names: ['"deadlin" is not an option'],
    run: () => eventStore('esdb://127.0.0.1:2113', any({ deadlin: 5 })),
  },
  {
    what: 'options of eventStore() that are null',
    code: 'STORE_OPTIONS',
    names: ['null'],
    run: () => eventStore('esdb://127.0.0.1:2113', any(null)),
  },
  {
    what: 'a deadline of 0',
    code: 'STORE_OPTIONS',
    names: ['"deadline"'],
    run: () => eventStore('esdb://127.0.0.1:2113', { deadline: 0 }),
  },
  {
    what: 'a server that is not there',
    code: 'STORE_UNAVAILABLE',
    names: ['127.0.0.1:1'],
    run: () => withDeadlines(({ endAfter }) => eventStore(`esdb://127.0.0.1:1?tls=false`, { deadline: DEADLINE, onNotice: endAfter(1) })),
  },
  {
    what: 'an event type of the server’s own',
    code: 'WRITE_BAD_NAME',
    names: ['"$user"', '"s"'],
    run: onServer((store) => store.append([{ stream: 's', expected: 'none', events: [row('$user', {}, { id: uuid })] }])),
  },
  {
    what: 'a write of more than the server takes',
    code: 'WRITE_TOO_LARGE',
    names: ['"s"', '917504'],
    run: onServer((store) =>
      store.append([{ stream: 's', expected: 'none', events: [row('Came', SECRET.padEnd(1_000_000, 'x'), { id: uuid })] }]),
    ),
  },
  {
    what: 'a call of a connection that is closed',
    code: 'STORE_CLOSED',
    names: ['127.0.0.1'],
    run: onServer(async (store) => {
      await store.close();
      await store.read('s');
    }),
  },
  {
    what: 'a checkpoint that somebody has overwritten',
    code: 'STORE_DAMAGED',
    names: ['"mail"'],
    run: written('waybill:checkpoint-mail', `{"store":"${SECRET}`),
  },
  {
    what: 'a server for development on an address of the network',
    code: 'DEVSERVER_HOST',
    names: ['"0.0.0.0"'],
    run: () => startDevServer({ store: memoryStore(), host: '0.0.0.0' }),
  },
  {
    what: 'a server for development on a port that is taken',
    code: 'DEVSERVER_LISTEN',
    names: ['127.0.0.1'],
    run: served((url) => startDevServer({ store: memoryStore(), port: Number(/:(\d+)/.exec(url.slice(6))?.[1]) })),
  },
  {
    what: 'a fault for a call that the server does not have',
    code: 'DEVSERVER_FAULT',
    names: ['"write"'],
    run: async () => {
      const log = memoryStore();
      const server = await startDevServer({ store: log });
      try {
        server.faults.next(any('write'), 'refuse');
      } finally {
        await server.stop();
      }
    },
  },
];

function patchMark(file: string): void {
  const bytes = readFileSync(file);
  bytes.writeInt32BE(0x57415942, 68);
  writeFileSync(file, bytes);
}

async function locked(scene: Scene): Promise<void> {
  const file = path(scene);
  await filled(file);
  const store = sqlite(file, { busyTimeout: 1 });
  const other = openDatabase(file);
  other.exec('BEGIN IMMEDIATE');
  try {
    await store.append([{ stream: 's2', expected: 'none', events: [row('Came', { note: SECRET })] }]);
  } finally {
    other.exec('ROLLBACK');
    other.close();
    await store.close();
  }
}
