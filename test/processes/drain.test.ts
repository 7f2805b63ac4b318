import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, feedOf, ownLog } from './kit';
import type { CommandLine } from './kit';
import { appendTo, checkpoints, lasting, mustBeHonest, mustBeWhole, takenIn } from './log';

const MAIN = join(__dirname, '..', '..', 'samples', 'orders-shipping', 'dist', 'main.js');
const limits = { batch: 16, page: 32, hot: 8, turns: 2, window: 64 };

const log = ownLog();

/** One order per three commands. */
function commandsOf(orders: number): CommandLine[] {
  return Array.from({ length: orders }, (_, n) => `c-${n}`).flatMap((orderId) => [
    { type: 'SubmitOrder', data: { orderId, customerId: 'c' }, id: `${orderId}-1` },
    { type: 'AddItem', data: { orderId, sku: 'apple', quantity: 1 }, id: `${orderId}-2` },
    { type: 'AcceptOrder', data: { orderId }, id: `${orderId}-3` },
  ]);
}

test('SIGTERM in the midst: a service takes nothing new, finishes what is under way, saves its checkpoints and ends with 0; the next run looks at nothing twice', async () => {
  const ORDERS = 60;
  await appendTo(log.store, feedOf(0, ORDERS, 6));
  const commands = commandsOf(60);
  const first = new Child({ place: log.place, limits, commands, slowMail: 2, until: 'signal' });
  await first.says(({ outcome }) => outcome?.[0] === 'shipping', 60);
  first.signal('SIGTERM');
  expect(await first.ended).toBe(0);
  const { stopped } = first;
  expect(stopped.late).toBe('APP_STOPPED');
  const seen = first.outcomes('shipping').map(([, at]) => Number(at));
  expect(new Set(seen).size).toBe(seen.length);
  expect((await takenIn(log.store)).every((at) => seen.includes(at))).toBe(true);
  const kept = await checkpoints(log.store);
  // Everything at or below a checkpoint has been told, and nothing above it: what was taken was finished.
  for (const [name, position] of kept) {
    const told = first.outcomes(name.split(':Item')[0]!).map(([, at]) => Number(at));
    if (name !== 'shipping:deadlines:ShipmentOverdue') expect([name, Math.max(...told) <= position]).toEqual([name, true]);
  }
  const lines = first.facts.findIndex(({ log }) => log?.[1] === 'waybill stopped');
  expect(first.facts.slice(lines).filter(({ outcome, mail }) => outcome ?? mail)).toEqual([]);
  expect(seen.length).toBeLessThan((await log.store.read('feed', 0, 100_000)).length);
  const before = await lasting(log.store);

  const second = new Child({ place: log.place, commands });
  expect(await second.ended).toBe(0);
  expect((await lasting(log.store)).slice(0, before.length)).toEqual(before);
  for (const consumer of ['shipping', 'open-orders', 'mail-on-shipment']) {
    const told = new Set(first.outcomes(consumer).map(([, at]) => at));
    expect([consumer, second.outcomes(consumer).filter(([, at]) => told.has(at))]).toEqual([consumer, []]);
  }
  const mails = [...first.facts, ...second.facts].flatMap(({ mail }) => mail ?? []);
  expect(new Set(mails).size).toBe(mails.length);
  for (const answer of first.answers.filter(({ error }) => error === undefined)) expect(second.answers).toContainEqual(answer);
  expect(first.answers.filter(({ error }) => error !== undefined).map(({ error }) => error)).toEqual(
    first.answers.filter(({ error }) => error !== undefined).map(() => 'APP_STOPPED'),
  );
  await mustBeWhole(log.store, ORDERS + 60);
  await mustBeHonest(log.store, [first, second]);
});

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The sample as its users run it; SIGTERM once the log holds so many rows. */
async function sample(args: readonly string[], rows = Infinity): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => (out += String(text)));
  child.stderr.on('data', (text) => (err += String(text)));
  let running = true;
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve)).finally(() => (running = false));
  while (running && (await log.store.head()) < rows) await new Promise((resolve) => setTimeout(resolve, 2));
  if (running) child.kill('SIGTERM');
  return { code: await ended, out, err };
}

const linesOf = (text: string): { msg: string; received?: number }[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { msg: string });

test.each([
  ['one process', []],
  ['--two-processes', ['--two-processes']],
])(
  'the sample as %s, ended by SIGTERM in the midst, stops in good order with 143; the same command ends the work, and nothing is doubled',
  async (_, more) => {
    const ORDERS = 250;
    const feed = log.folder.file('feed.jsonl');
    const events = feedOf(0, ORDERS, 7);
    writeFileSync(feed, events.map(({ id, type, data }) => `${JSON.stringify({ id, type, data: JSON.parse(data) as object })}\n`).join(''));
    const args = ['--feed', feed, '--store', log.place, '--log', '--json', ...more];
    const first = await sample(args, 300);
    expect(first.code).toBe(143);
    expect(first.out).toContain('Interrupted.');
    const said = linesOf(first.err).map(({ msg }) => msg);
    expect(said.filter((msg) => msg === 'waybill stopped')).toHaveLength(said.filter((msg) => msg === 'waybill started').length);
    expect(said.filter((msg) => !/^waybill (started|stopped)$/.test(msg))).toEqual([]);
    const received = linesOf(first.err).reduce((sum, { received: n = 0 }) => sum + n, 0);
    const before = await lasting(log.store);
    const kept = await checkpoints(log.store);

    const second = await sample(args);
    expect(second.code).toBe(0);
    expect((await lasting(log.store)).slice(0, before.length)).toEqual(before);
    for (const [consumer, position] of await checkpoints(log.store))
      expect([consumer, position >= kept.get(consumer)!]).toEqual([consumer, true]);
    const all = received + linesOf(second.err).reduce((sum, { received: n = 0 }) => sum + n, 0);
    // Each delivery to each class once, over both runs: nothing was looked at twice.
    const submitted = events.filter(({ type }) => type !== 'ItemAdded').length;
    expect(all).toBe(events.length + ORDERS + (submitted + ORDERS));
    const mails = readFileSync(`${log.place}.mail.jsonl`, 'utf8').trimEnd().split('\n');
    expect([mails.length, new Set(mails).size]).toEqual([ORDERS, ORDERS]);
    await mustBeWhole(log.store, ORDERS);
  },
);
