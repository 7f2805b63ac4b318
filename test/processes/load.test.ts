import { setTimeout as delay } from 'node:timers/promises';
import { seeded } from '../cases/runtime';
import { Child, feedOf, ownLog } from './kit';
import type { CommandLine, Fact } from './kit';
import { appendTo, mustBeHonest, mustBeWhole } from './log';

const [ORDERS, COMMANDED, KILLS] = [240, 40, 3];
const random = seeded(20_262);

const log = ownLog();

/** Three commands of each order, in their order, those of different orders mixed. */
function commands(): CommandLine[] {
  const placed: [number, CommandLine][] = [];
  for (let n = 0; n < COMMANDED; n++) {
    const orderId = `c-${n}`;
    const at = random() * COMMANDED;
    placed.push([at, { type: 'SubmitOrder', data: { orderId, customerId: 'c' }, id: `${orderId}-1` }]);
    placed.push([at + 5, { type: 'AddItem', data: { orderId, sku: 'apple', quantity: 1 }, id: `${orderId}-2` }]);
    placed.push([at + 10, { type: 'AcceptOrder', data: { orderId }, id: `${orderId}-3` }]);
  }
  return placed.sort(([a], [b]) => a - b).map(([, command]) => command);
}

const isAbove =
  (position: number) =>
  ({ outcome }: Fact): boolean =>
    outcome?.[0] === 'shipping' && Number(outcome[2]) > position;

test(`two processes take everything in from one file and send the same commands; one or the other is killed ${KILLS} times: each message once, each answer the same`, async () => {
  const all = commands();
  const feed = feedOf(0, ORDERS, 8);
  const start = (): Child => new Child({ place: log.place, commands: all, until: 'signal' });
  const pair: [Child, Child] = [start(), start()];
  const killed: Child[] = [];
  const part = Math.ceil(feed.length / (KILLS + 1));
  for (let i = 0; i <= KILLS; i++) {
    const victim = i % 2;
    const before = await log.store.head();
    await appendTo(log.store, feed.slice(i * part, (i + 1) * part));
    if (i === KILLS) break;
    await Promise.any(pair.map((child) => child.says(isAbove(before + part / 2))));
    await delay(random() * 40);
    pair[victim]!.signal('SIGKILL');
    expect(await pair[victim]!.ended).toBe('SIGKILL');
    killed.push(pair[victim]!);
    pair[victim] = start();
  }
  for (const child of pair) await child.says(({ answer }) => answer !== undefined && answer.error === undefined, all.length);
  for (const child of pair) child.signal('SIGTERM');
  for (const child of pair) expect(await child.ended).toBe(0);
  const last = new Child({ place: log.place, commands: all });
  expect(await last.ended).toBe(0);

  await mustBeWhole(log.store, ORDERS + COMMANDED);
  await mustBeHonest(log.store, [...pair, last], killed);
  const first = new Map(last.answers.map((answer) => [answer.id, answer]));
  expect(first.size).toBe(all.length);
  for (const child of [...pair, ...killed])
    for (const answer of child.answers) if (answer.error === undefined) expect(answer).toEqual(first.get(answer.id));
  // At least once: no shipment without its mail, whoever died between the mail and the checkpoint.
  const mails = new Set([...pair, last, ...killed].flatMap(({ facts }) => facts.flatMap(({ mail }) => mail ?? [])));
  expect(mails.size).toBe(ORDERS + COMMANDED);
});
