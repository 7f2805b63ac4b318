import { memoryStore, WaybillError } from 'waybill';
import type { Logger, StandardSchemaV1, Store } from 'waybill';
import { appendKnocks, does, doNothing, Greet, Hall, knock, Porch, startOn } from '../telemetry/kit';
import { Lines } from './lines';

let store: Store;
let lines: Lines;
let stderr: jest.SpyInstance;
beforeEach(() => {
  store = memoryStore();
  lines = new Lines();
  doNothing();
  stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => stderr.mockRestore());

/** The log of an app ends: nothing of it can go on. */
const ends = (): void => {
  store.append = () => Promise.reject(new WaybillError('STORE_CLOSED', 'the store is gone', 'open it again'));
};
const start = (logger: Logger | undefined, onFailure?: (error: unknown) => void) =>
  startOn(store, { telemetry: false, use: [Porch, Hall, Greet], limits: { attempts: 2 }, ...{ logger, onFailure } });

test('start and stop are told, with what is used, what the store promises, and what became of the messages', async () => {
  const app = await start(lines);
  await knock(app, 'front');
  await app.settled();
  await app.stop();
  await app.stop();
  expect(lines.all).toEqual([
    ['info', 'waybill started', { use: ['aggregate porch', 'saga hall', 'handler greet'], store: store.id, guarantee: store.guarantee }],
    ['info', 'waybill stopped', { received: 3, applied: 3, duplicate: 0, late: 0, discarded: 0, conflict: 0, parked: 0 }],
  ]);
});

test('what was set aside is a warning with its reason, what was dropped on purpose is for those who debug, and no line holds a content', async () => {
  does.hall = ({ who }) => {
    if (who === 'ghost') throw new Error('boo');
  };
  await appendKnocks(store, [
    ['secret-1', 'ada'],
    ['secret-1', 'ada'],
    ['b', 'nobody'],
    ['c', 'twin'],
    ['d', 'ghost'],
  ]);
  const app = await start(lines);
  await app.settled();
  await app.stop();
  const of = (n: number, stream: string) => ({ consumer: 'hall', type: 'Knocked', id: `k-${n}`, position: n + 1, stream });
  const sorted = (level: keyof Logger) => lines.at(level).sort(([, a], [, b]) => Number(a['position']) - Number(b['position']));
  expect(sorted('debug')).toEqual([
    ['message duplicate', of(1, 'hall-secret-1')],
    ['message discarded', { ...of(2, 'hall-b'), reason: 'the wind' }],
  ]);
  expect(sorted('warn')).toEqual([
    ['message conflict', { ...of(3, 'hall-c'), reason: 'there are two of them' }],
    ['message parked', { ...of(4, 'hall-d'), reason: expect.stringMatching(/^boo/) }],
  ]);
});

test('what a schema says of a value that it refuses stays in the log of the app', async () => {
  const { Actor, App, Event, Handles, Saga } = await import('waybill');
  const validate = (value: unknown) => ({ issues: [{ message: `Expected a card but received ${JSON.stringify(value)}`, path: ['card'] }] });
  const schema = { '~standard': { version: 1, vendor: 'test', validate } } as StandardSchemaV1<{ card: string }>;
  class Paid extends Event('Paid', { schema }) {}
  @Saga('till')
  class Till extends Actor<null, Paid> {
    initial() {
      return null;
    }
    key() {
      return 'one';
    }
    @Handles(Paid) paid() {
      return [];
    }
  }
  await store.append([
    { stream: 'in', expected: 'none', events: [{ id: 'p', type: 'Paid', data: '{"card":"4111111111111111"}', meta: '{}', time: 0 }] },
  ]);
  const app = await App.start({ store, use: [Till], logger: lines });
  await app.settled();
  await app.stop();
  expect(lines.at('warn')).toEqual([
    [
      'message parked',
      { consumer: 'till', type: 'Paid', id: 'p', position: 1, stream: 'till-one', reason: 'MESSAGE_INVALID: Paid is not valid' },
    ],
  ]);
  expect(JSON.stringify(lines.all)).not.toContain('4111');
});

test('a failure is one line at error, in the place of the line on stderr', async () => {
  const app = await start(lines);
  ends();
  await knockBehind();
  await expect(app.settled()).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  await app.stop();
  expect(lines.at('error')).toEqual([['waybill failed', { code: 'STORE_CLOSED', error: expect.stringContaining('the store is gone') }]]);
  expect(lines.all.map(([, message]) => message)).toEqual(['waybill started', 'waybill failed', 'waybill stopped']);
  expect(stderr).not.toHaveBeenCalled();
});

test('without a logger a failure is one line on stderr, and nothing else is ever said', async () => {
  const app = await start(undefined);
  ends();
  await knockBehind();
  await expect(app.settled()).rejects.toThrow();
  await app.stop();
  expect(stderr.mock.calls).toEqual([[expect.stringMatching(/^waybill stopped: STORE_CLOSED: the store is gone\..*\n$/)]]);
});

test('onFailure is told beside the logger, and in the place of stderr', async () => {
  const told: unknown[] = [];
  const app = await start(lines, (error) => told.push(error));
  ends();
  await knockBehind();
  await expect(app.settled()).rejects.toThrow();
  await app.stop();
  expect(told).toMatchObject([{ code: 'STORE_CLOSED' }]);
  expect(lines.at('error')).toHaveLength(1);
  expect(stderr).not.toHaveBeenCalled();
});

test('a logger that throws is not heard and disturbs nothing; a failure that it cannot take goes to stderr', async () => {
  const angry = new Proxy({} as Logger, {
    get: () => () => {
      throw new Error('disk full');
    },
  });
  await appendKnocks(store, [
    ['a', 'ada'],
    ['a', 'ada'],
    ['c', 'twin'],
  ]);
  const app = await start(angry);
  await app.settled();
  expect(app.counts()).toMatchObject({ duplicate: 1, conflict: 1 });
  ends();
  await knockBehind();
  await expect(app.settled()).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  await app.stop();
  expect(stderr.mock.calls).toEqual([[expect.stringMatching(/^waybill stopped: STORE_CLOSED/)]]);
});

test('console is a logger', async () => {
  const [info, warn] = [jest.spyOn(console, 'info').mockReturnValue(), jest.spyOn(console, 'warn').mockReturnValue()];
  await appendKnocks(store, [['c', 'twin']]);
  const app = await start(console);
  await app.settled();
  await app.stop();
  expect(info.mock.calls.map(([message]) => message as string)).toEqual(['waybill started', 'waybill stopped']);
  expect(warn.mock.calls).toEqual([['message conflict', expect.objectContaining({ reason: 'there are two of them' })]]);
  info.mockRestore();
  warn.mockRestore();
});

/** By another process, whose append goes on. */
async function knockBehind(): Promise<void> {
  const { append } = store;
  delete (store as Partial<Store>).append;
  await appendKnocks(store, [[`late-${Math.random()}`, 'ada']]);
  store.append = append;
}
