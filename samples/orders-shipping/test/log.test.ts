import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { A, Folder, I, S, start, textOf, told } from './kit';

let folder: Folder;
beforeEach(() => (folder = new Folder()));
afterEach(() => folder.remove());

/** One order, complete, with one item contradicted: 'apple' and 'customer-7' stand in contents only. */
const FEED = textOf([S('o-1', 'customer-7'), I(0, 'o-1'), I(0, 'o-1', 5), A(1, 'o-1')]);
interface Line {
  readonly level: number;
  readonly role: string;
  readonly pid: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}
const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const [INFO, WARN] = [30, 40];

test('--log says on stderr what the app says, in lines of pino, and no content of a message; stdout is as it was', async () => {
  const feed = folder.file('feed.jsonl', FEED);
  const quiet = await start(['--json', '--feed', feed, '--store', folder.file('a.db')]);
  const loud = await start(['--json', '--feed', feed, '--store', folder.file('b.db'), '--log']);
  expect(quiet.err).toBe('');
  expect({ ...told(loud), seconds: 0 }).toEqual({ ...told(quiet), seconds: 0 });
  const lines = linesOf(loud.err);
  expect(lines.map(({ level, role, msg }) => [level, role, msg])).toEqual([
    [INFO, 'all', 'waybill started'],
    [WARN, 'all', 'message conflict'],
    [INFO, 'all', 'waybill stopped'],
  ]);
  expect(lines[0]).toMatchObject({ use: expect.arrayContaining(['saga shipping']), guarantee: expect.stringContaining('synced') });
  expect(lines[1]).toMatchObject({ consumer: 'shipping', type: 'ItemAdded', position: 3, stream: 'shipping-o-1' });
  expect(lines[1]?.['reason']).toContain('index 0');
  expect(lines[2]).toMatchObject({ conflict: 1, parked: 0 });
  expect(loud.err).not.toMatch(/apple|customer-7|quantity/);
});

test('each worker process speaks for itself', async () => {
  const feed = folder.file('feed.jsonl', FEED);
  const { code, err } = await start(['--feed', feed, '--two-processes', '--log']);
  expect(code).toBe(0);
  const lines = linesOf(err);
  expect(lines.filter(({ msg }) => msg === 'waybill started').map(({ role }) => role)).toEqual(
    expect.arrayContaining(['orders', 'shipping']),
  );
  expect(new Set(lines.map(({ pid }) => pid)).size).toBe(2);
  const crashed = linesOf((await start(['--feed', feed, '--crash', '2', '--seed', '1', '--log'])).err);
  expect(crashed.filter(({ msg }) => msg === 'waybill stopped').length).toBeGreaterThanOrEqual(1);
});

test('pino is loaded for --log and for nothing else', () => {
  const dist = join(__dirname, '..', 'dist', 'demo');
  const loaded = (log: boolean): string =>
    execFileSync(process.execPath, [
      '-e',
      `require(${JSON.stringify(join(dist, 'run'))});
       require(${JSON.stringify(join(dist, 'log'))}).loggerOf({ log: ${log}, role: 'all' });
       console.log(Object.keys(require.cache).some((file) => /node_modules.pino/.test(file)));`,
    ])
      .toString()
      .trim();
  expect([loaded(false), loaded(true)]).toEqual(['false', 'true']);
});
