import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { memoryStore } from '@waybill/core';
import type { Store } from '@waybill/core';
import { startDevServer } from '@waybill/devserver';
import { sqlite } from '@waybill/sqlite';

interface Told {
  readonly type: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
}
interface Result {
  readonly [name: string]: readonly Told[];
}

/** What the client of KurrentDB, a process of its own that reads through Rust, makes of the dev server. */
async function conformance(store: Store): Promise<Result & Record<string, object>> {
  const server = await startDevServer({ store });
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, 'kurrent-child.js'), server.url], { timeout: 60_000 });
    return JSON.parse(stdout) as Result & Record<string, object>;
  } finally {
    await server.stop();
  }
}

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const noted = (n: number, stream: string, revision: number, position: number) => ({
  id: id(n),
  type: 'Noted',
  stream,
  revision,
  data: { n },
  metadata: { of: n },
  position,
});
const success = (nextExpectedRevision: number, at: number) => ({
  success: true,
  nextExpectedRevision,
  position: { commit: at, prepare: at },
});
const wrong = (actual: number | string) =>
  expect.objectContaining({ type: 'wrong-expected-version', name: 'WrongExpectedVersionError', actual }) as object;

const stores: [string, (folder: string) => Store][] = [
  ['memory', () => memoryStore({ id: randomUUID() })],
  ['SQLite', (folder) => sqlite(join(folder, 'log.db'))],
];

describe.each(stores)('@kurrent/kurrentdb-client against the dev server over %s', (_, open) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-kurrent-'));
  let store: Store;
  let result: Result & Record<string, object>;

  beforeAll(async () => {
    store = open(folder);
    result = await conformance(store);
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  test.each([
    ['unary', 0],
    ['batch', 4],
  ] as const)('appends the %s way: stored, told again, wrong version with the actual one', (way, before) => {
    expect(result[way]).toEqual({
      stored: success(1, before + 2),
      again: success(1, before + 2),
      next: success(2, before + 3),
      exists: success(3, before + 4),
      wrong: wrong(3),
      wrongNone: wrong(3),
      wrongExists: wrong('no_stream'),
    });
  });

  test('reads a stream and the log, forwards and backwards, and bytes as they were', () => {
    expect(result['forwards']).toEqual([noted(2, 'unary', 1, 2), noted(3, 'unary', 2, 3)]);
    expect(result['backwards']).toEqual([noted(4, 'unary', 3, 4), noted(3, 'unary', 2, 3)]);
    expect(result['bytes']).toMatchObject([{ type: 'Bytes', data: '00ff10' }]);
    expect(result['all']?.map(({ stream, revision, position }) => [stream, revision, position])).toEqual([
      ...[0, 1, 2, 3].map((n) => ['unary', n, n + 1]),
      ...[0, 1, 2, 3].map((n) => ['batch', n, n + 5]),
      ['bytes', 0, 9],
    ]);
    expect(result['allBackwards']?.map(({ position }) => position)).toEqual([9]);
  });

  test('is told what is not found, deleted, or gone for good', () => {
    expect(result['notFound']).toMatchObject({ type: 'stream-not-found', streamName: 'nowhere' });
    expect(result['deleted']).toMatchObject({ type: 'stream-not-found' });
    expect(result['tombstoned']).toMatchObject({ type: 'stream-deleted' });
    expect(result['maxCount']?.map(({ revision }) => revision)).toEqual([2, 3]);
  });

  test('subscribes to all, behind a position with a filter, to a stream live, and as a member of a group', () => {
    expect(result['subscribed']).toEqual(result['all']);
    expect(result['behind']?.map(({ position }) => position)).toEqual([5, 6, 7, 8]);
    expect(result['byStream']?.map(({ position }) => position)).toEqual([5, 6, 7, 8, 9]);
    expect(result['live']?.map(({ revision }) => revision)).toEqual([0, 1]);
    expect(result['persistent']?.map(({ revision }) => revision)).toEqual([0, 1, 2, 3]);
  });
});
