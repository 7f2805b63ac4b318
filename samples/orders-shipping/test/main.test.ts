import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqlite } from '@waybill/sqlite';
import { A, Folder, I, makeFeed, S, start, textOf, told } from './kit';

let folder: Folder;
beforeEach(() => (folder = new Folder()));
afterEach(() => folder.remove());

const FEED = join(__dirname, '..', 'feed', 'orders.jsonl');
const sumOf = (outcomes: Readonly<Record<string, number>>): number => Object.values(outcomes).reduce((a, b) => a + b, 0);

test('the feed that is checked in is what its script makes, and is small', async () => {
  const text = await makeFeed();
  expect(text === readFileSync(FEED, 'utf8')).toBe(true);
  expect(text.length).toBeLessThan(4_000_000);
});

test('a feed is shipped; the same feed again on the same store appends nothing; a longer one only what is new', async () => {
  const text = await makeFeed(60, 7);
  const lines = text.trimEnd().split('\n');
  const half = folder.file('half.jsonl', lines.slice(0, lines.length / 2).join('\n'));
  const whole = folder.file('whole.jsonl', text);
  const [store, alone, shipments] = [folder.file('a.db'), folder.file('b.db'), folder.file('s.jsonl')];
  const counted = lines.length;

  expect(told(await start(['--json', '--feed', half, '--store', store]))).toMatchObject({
    appended: Math.floor(counted / 2),
    verdict: 'ok',
  });
  const second = await start(['--json', '--feed', whole, '--store', store, '--shipments', shipments]);
  expect(second.code).toBe(0);
  expect(told(second)).toMatchObject({ appended: Math.ceil(counted / 2), recognised: Math.floor(counted / 2), verdict: 'ok' });

  const third = await start(['--json', '--feed', whole, '--store', store]);
  expect(third.out).toContain('nothing appended');
  expect(told(third)).toMatchObject({ received: 0, appended: 0, recognised: counted, verdict: 'ok', shipments: told(second).shipments });

  const once = await start(['--json', '--feed', whole, '--store', alone, '--shipments', folder.file('once.jsonl')]);
  expect(told(once)).toMatchObject({ received: counted, appended: counted, shipments: told(second).shipments });
  expect(sumOf(told(once).outcomes)).toBe(counted);
  expect(folder.sorted('s.jsonl')).toEqual(folder.sorted('once.jsonl'));

  const fresh = await start(['--json', '--feed', whole, '--store', store, '--fresh']);
  expect(told(fresh)).toMatchObject({ received: counted, appended: counted, recognised: 0 });
  expect(readFileSync(`${store}.mail.jsonl`, 'utf8').trimEnd().split('\n')).toHaveLength(told(once).shipments);
});

test.each([
  ['killed 5 times', ['--crash', '5', '--seed', '1']],
  ['in two processes', ['--two-processes']],
])('%s, it comes to the same shipments and counts as undisturbed', async (_, args) => {
  const feed = folder.file('feed.jsonl', `nonsense\n${await makeFeed(200, 8)}`);
  const calm = await start(['--json', '--feed', feed, '--shipments', folder.file('calm.jsonl')]);
  const rough = await start(['--json', '--feed', feed, '--shipments', folder.file('rough.jsonl'), '--store', folder.file('r.db'), ...args]);
  expect(rough).toMatchObject({ code: 0, err: '' });
  expect({ ...told(rough), seconds: 0 }).toEqual({ ...told(calm), seconds: 0 });
  expect(told(rough)).toMatchObject({ verdict: 'ok', refused: 1 });
  expect(rough.out.match(/^line 1 refused/gm)).toHaveLength(1);
  expect(rough.out).toContain('recounted from the whole log');
  if (args[0] === '--crash') expect(rough.out.match(/^kill \d of 5 /gm)).toHaveLength(5);
  expect(folder.sorted('rough.jsonl')).toEqual(folder.sorted('calm.jsonl'));
});

test('killed on a finished store, all kills happen and nothing changes', async () => {
  const feed = folder.file('feed.jsonl', await makeFeed(20, 9));
  const args = ['--json', '--feed', feed, '--store', folder.file('a.db')];
  const calm = await start(args);
  const rough = await start([...args, '--crash', '3', '--seed', '2']);
  expect(rough.out.match(/^kill \d of 3 /gm)).toHaveLength(3);
  expect({ ...told(rough), seconds: 0 }).toEqual({ ...told(calm), appended: 0, recognised: told(calm).appended, seconds: 0 });
});

test('a run that was killed is taken up by the next one, which counts all that it was delivered', async () => {
  const feed = folder.file('feed.jsonl', await makeFeed(300, 10));
  const args = ['--json', '--feed', feed, '--store', folder.file('a.db')];
  for (const killAfter of [250, 400, 600]) await start(args, { killAfter });
  const last = await start(args);
  expect(last.code).toBe(0);
  expect(told(last).verdict).toBe('ok');
  expect(sumOf(told(last).outcomes)).toBe(told(last).received);
});

const small = textOf([S(), I(0), A(2), I(1)]);

test.each([[[]], [['--two-processes']], [['--crash', '1']]])('reads a feed from stdin (%j)', async (args) => {
  const done = await start(['--json', '--feed', '-', ...args], { input: `${small}{"id":\n` });
  expect(done.code).toBe(0);
  expect(told(done)).toMatchObject({ received: 4, appended: 4, refused: 1, shipments: 1, verdict: 'ok' });
  expect(done.out).toContain('line 5 refused');
});

test('an empty feed is fine', async () => {
  expect(told(await start(['--json', '--feed', '-']))).toMatchObject({ received: 0, shipments: 0, verdict: 'ok' });
});

test.each([
  [2, ['--bogus'], /Unknown option/],
  [2, ['extra'], /extra/],
  [2, ['--crash', 'many'], /--crash needs a whole number/],
  [2, ['--crash', '1', '--two-processes'], /exclude each other/],
  [2, ['--fresh'], /goes with --store/],
  [2, ['--explain', 'm-1'], /goes with --store/],
  [2, ['--explain', 'm-1', '--store', '/nowhere/orders.db'], /there is none/],
  [2, ['--feed', '/nowhere/feed.jsonl'], /FEED_NOT_FOUND/],
  [2, ['--feed', __dirname], /FEED_IS_FOLDER/],
  [2, ['--shipments', '/nowhere/s.jsonl'], /OUTPUT_NO_FOLDER/],
  [2, ['--feed', __filename, '--store', __filename], /SAME_FILE_TWICE/],
  [4, ['--store', '/nowhere/orders.db'], /STORE_FILE_NO_FOLDER/],
  [4, ['--store', __filename, '--fresh'], /STORE_FILE_NOT_A_DATABASE/],
  [4, ['--store', __filename, '--two-processes'], /STORE_FILE_NOT_A_DATABASE/],
  [4, ['--store', __filename, '--crash', '1'], /STORE_FILE_NOT_A_DATABASE/],
])('ends with %i and no stack: %j', async (code, args, message) => {
  const done = await start(args);
  expect(done.code).toBe(code);
  expect(done.err).toMatch(message);
  expect(done.err).not.toMatch(/\n +at /);
  expect(existsSync(__filename)).toBe(true);
});

test('a log that breaks the promise ends with 1 and says why', async () => {
  const store = folder.file('a.db');
  await start(['--feed', '-', '--store', store], { input: small });
  const log = sqlite(store);
  await log.append([
    {
      stream: 'elsewhere',
      expected: 'none',
      events: [{ id: 'x', type: 'ShipmentRequested', data: '{"orderId":"o","items":[0,1]}', meta: '{}', time: 0 }],
    },
  ]);
  await log.close();
  const done = await start(['--json', '--feed', '-', '--store', store], { input: small });
  expect(done.code).toBe(1);
  expect(done.out).toContain('shipment number 2');
  expect(done.out).toContain('Verdict: BROKEN, 1 violation');
  expect(told(done).verdict).toBe('broken');
});

test('a log whose rows were altered ends with 1, and the audit names the row and what it means', async () => {
  const store = folder.file('a.db');
  await start(['--feed', '-', '--store', store], { input: small });
  const log = sqlite(store);
  const rows = await log.read('shipping-o');
  const last = rows.at(-1)!;
  const added = { ...last, id: 'x', type: 'OrderIncomplete', data: '{"missing":[],"orderId":"o"}' };
  await log.append([{ stream: 'shipping-o', expected: last.version, events: [added] }]);
  await log.close();
  const done = await start(['--feed', '-', '--store', store], { input: small });
  expect(done.code).toBe(1);
  expect(done.out).toContain('audit: one append: OrderIncomplete was not appended together with the row that took in its cause');
  expect(done.out).toMatch(
    new RegExp(`\\(shipping-o version ${last.version + 1}, position \\d+\\)\\. It means: an effect is separate from its cause`),
  );
  expect(done.out).toContain('Verdict: BROKEN');
});

test('--explain tells of each copy of a message what became of it and what it led to, after a restart, and appends nothing', async () => {
  const store = folder.file('a.db');
  const feed = [S('o', 'c', 'm-1'), I(0, 'o', 1, 'm-2'), I(0, 'o', 1, 'm-2'), I(0, 'o', 9, 'm-3'), A(1, 'o', 'm-4'), I(0, 'o', 1, 'm-5')];
  await start(['--feed', '-', '--store', store], { input: textOf(feed) });
  const explained = async (id: string) => (await start(['--store', store, '--explain', id])).out;
  const twice = await explained('m-2');
  expect(twice).toMatch(/saga shipping: applied; taken in, at shipping-o version \d/);
  expect(twice).toMatch(
    /saga shipping: duplicate; dropped: a duplicate of version \d; it left no row\n +first copy: shipping-o version \d/,
  );
  expect(await explained('m-3')).toMatch(/saga shipping: conflict; [^]*quantity: 1 in the first copy, 9 in this one/);
  expect(await explained('m-4')).toMatch(/It led to\n +ShipmentRequested \S+ \(shipping-o version/);
  expect(await explained('m-5')).toContain('duplicate');
  const before = sqlite(store);
  const head = await before.head();
  await before.close();
  expect(await start(['--store', store, '--explain', 'm-9'])).toMatchObject({
    code: 1,
    out: expect.stringContaining('No message m-9') as string,
  });
  const after = sqlite(store);
  expect(await after.head()).toBe(head);
  await after.close();
});

test('with a clock that is ahead from the start, orders that are complete once the feed is in are not told otherwise', async () => {
  const lines = Array.from({ length: 200 }, (_, i) => [S(`o-${i}`), I(0, `o-${i}`), I(1, `o-${i}`)]).flat();
  const accepted = Array.from({ length: 199 }, (_, i) => A(2, `o-${i}`));
  const feed = folder.file('ahead.jsonl', textOf([...lines, ...accepted]));
  const ended = await start(['--feed', feed, '--store', folder.file('ahead.db'), '--in-days', '4']);
  expect(ended).toMatchObject({ code: 0, err: '' });
  expect(ended.out).toContain('1 orders were told to be incomplete in time');
});

test('three days later, orders that are not complete are told so, once, with what they lack; complete ones are not', async () => {
  const feed = folder.file('feed.jsonl', textOf([S('full'), I(0, 'full'), A(1, 'full'), S('short'), I(1, 'short'), A(3, 'short')]));
  const store = folder.file('orders.db');
  const first = await start(['--feed', feed, '--store', store]);
  expect(first.out).toContain('0 orders were told to be incomplete in time');
  for (let times = 0; times < 2; times++) {
    const later = await start(['--feed', feed, '--store', store, '--in-days', '4']);
    expect(later).toMatchObject({ code: 0, err: '' });
    expect(later.out).toContain('1 orders were told to be incomplete in time');
  }
});
