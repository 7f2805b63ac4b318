import { audit, memoryStore } from 'waybill';
import type { Recorded, Store } from 'waybill';
import { everything, USE } from './audit-log';
import { DECIDED } from './audit-plants';

type Meta = Record<string, unknown> & { cause: { id: string; position: number } };
type Alter = (rows: readonly Recorded[], row: Recorded) => readonly Recorded[] | undefined;

/** One log as an audit sees it, with other rows. */
function withRows(store: Store, rows: readonly Recorded[]): Store {
  const hidden = (type: string) => /^(took|parked):/.test(type);
  const begins = new Map<string, number>();
  return new Proxy(store, {
    get(target, name) {
      if (name === 'head') return async () => rows.at(-1)?.position ?? 0;
      if (name === 'rowAt') return async (position: number) => rows.find((row) => row.position === position);
      if (name === 'read')
        return async (stream: string, from = 0, limit = 1_000) => {
          const all = rows.filter((row) => row.stream === stream);
          // As the store itself: a truncated stream begins with the row that closed it.
          if (!begins.has(stream)) begins.set(stream, (await target.read(stream, 0, 1))[0]?.version ?? 0);
          return all.filter(({ version }) => version >= Math.max(from, begins.get(stream) ?? 0)).slice(0, limit);
        };
      if (name === 'subscribe')
        return async function* ({ after, types, limit = 256 }: { after: number; types?: readonly string[]; limit?: number }) {
          const shown = rows.filter(
            (row) => row.position > after && (types ? types.includes(row.type) : types === undefined || !hidden(row.type)),
          );
          for (let at = 0; at === 0 || at < shown.length; at += limit) {
            const events = shown.slice(at, at + limit);
            const caughtUp = at + limit >= shown.length;
            yield { events, position: caughtUp ? (rows.at(-1)?.position ?? 0) : (events.at(-1)?.position ?? 0), caughtUp };
          }
        };
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const replaced = (rows: readonly Recorded[], row: Recorded, by: Partial<Recorded>) =>
  rows.map((one) => (one === row ? { ...row, ...by } : one));
const withMeta = (row: Recorded, edit: (meta: Meta) => Meta): string => JSON.stringify(edit(JSON.parse(row.meta) as Meta));

const ways: Readonly<Record<string, Alter>> = {
  'is cut out': (rows, row) => rows.filter((one) => one !== row),
  'stands there twice': (rows, row) => {
    const last = rows.filter(({ stream }) => stream === row.stream).at(-1)!;
    return [...rows, { ...row, id: 'again', version: last.version + 1, position: rows.at(-1)!.position + 1 }];
  },
  'names another id as its cause': (rows, row) =>
    replaced(rows, row, { meta: withMeta(row, (meta) => ({ ...meta, cause: { ...meta.cause, id: 'other' } })) }),
  'names another position as its cause': (rows, row) =>
    replaced(rows, row, { meta: withMeta(row, (meta) => ({ ...meta, cause: { ...meta.cause, position: meta.cause.position + 1 } })) }),
  'has lost what its meta says': (rows, row) => {
    const { cause, ...rest } = JSON.parse(row.meta) as Meta;
    return Object.keys(rest).length === 0 ? undefined : replaced(rows, row, { meta: JSON.stringify({ cause }) });
  },
  'has another content': (rows, row) => {
    const data: unknown = JSON.parse(row.data);
    return typeof data === 'object' ? replaced(rows, row, { data: JSON.stringify({ ...data, zz: 1 }) }) : undefined;
  },
};

/** What no reader of a log can tell, and why. Whatever is not here has to be found. */
const untold: readonly (readonly [why: string, is: (way: string, row: Recorded, last: boolean) => boolean])[] = [
  [
    'the last row of a stream, of which nothing else speaks',
    (way, { stream, type, meta }, last) =>
      way === 'is cut out' &&
      last &&
      (/^calls:parked|^steps/.test(stream) ||
        /"park":"(skipped|retried|released)"/.test(meta) ||
        (type === 'took:Clear' && meta.includes('"command"'))),
  ],
  ['one that was parked tells that its call was begun', (way, { stream }) => way === 'is cut out' && stream.startsWith('calls:')],
  [
    'what is left of an actor whose rows were let go of',
    (_, { stream, meta }) => stream === 'jobs-c' || (stream.startsWith('jobs:due-') && meta.includes('jobs-c')),
  ],
  [
    'a deadline that is over needs no bucket, and may stand in one twice',
    (way, { stream }) => stream.startsWith('jobs:due-') && way !== 'has another content',
  ],
  [
    'a note of a retry or of what became of a row, once more',
    (way, { stream, meta }) => way === 'stands there twice' && (/"park":"retried"/.test(meta) || stream.startsWith('steps:row-')),
  ],
  ['a command of a caller stands nowhere else', (_, { stream }) => stream === 'warehouse-x'],
  [
    'a once key that is not there, as of code that had none',
    (way, { type, meta }) => way === 'has lost what its meta says' && type.startsWith('took:') && meta.includes('"once"'),
  ],
  [
    'which fold a row was decided on, as of code that did not say',
    (way, { meta }) => way === 'has lost what its meta says' && meta.includes('"folded"'),
  ],
  [
    'a content that nobody reads: of a call, a note, what was taken back',
    (way, { stream, meta, type }) =>
      way === 'has another content' &&
      (stream.startsWith('calls:') ||
        stream.startsWith('steps') ||
        /"park":"(retried|skipped|released)"/.test(meta) ||
        (type.startsWith('timer:') && !meta.includes('"due":')) ||
        type === 'took:~closed'),
  ],
];

describe('each row that an actor, a handler or a projection wrote', () => {
  const log = memoryStore({ id: 'log-1' });
  let rows: readonly Recorded[];
  beforeAll(async () => {
    const world = await everything({ connect: () => Promise.resolve(log), close: () => Promise.resolve() });
    rows = (await world.rows()).filter(({ position }) => position > 0);
  });

  test.each(Object.keys(ways))('%s: it is found, or nobody could', async (way) => {
    const missed: string[] = [];
    let found = 0;
    for (const row of rows.filter(({ stream }) => stream !== 'feed')) {
      const altered = ways[way]!(rows, row);
      if (!altered) continue;
      const last = rows.filter(({ stream }) => stream === row.stream).at(-1) === row;
      const { ok } = await audit(withRows(log, altered), DECIDED);
      if (!ok) found++;
      else if (!untold.some(([, is]) => is(way, row, last))) missed.push(`${row.stream} version ${row.version} ${row.type}`);
    }
    expect(missed).toEqual([]);
    expect(found).toBeGreaterThan(30);
  });

  test('as it stands, the log is whole', async () => {
    expect(await audit(withRows(log, rows), { use: USE, decisions: true })).toMatchObject({ ok: true });
  });
});
