import { Actor, App, Event, guaranteesText, Handles, memoryStore, Saga } from 'waybill';
import type { Guarantee, Guarantees, Store } from 'waybill';
import { running, USE } from '../explain/kit';

const told = (store: Store = memoryStore()): Promise<Guarantees> =>
  running({ store, use: USE, limits: { hot: 7, window: 9 } }, async (app) => app.guarantees());

test('each class and each of its messages says what holds, by which mechanism, what is kept for it and what would break it', async () => {
  const { consumers } = await told();
  expect(consumers.map(({ kind, consumer, inputs }) => [kind, consumer, inputs.map(({ type }) => type)])).toEqual([
    ['saga', 'trip', ['Announced', 'Paid', 'Gossip', 'Over', 'Reminder']],
    ['aggregate', 'coach', ['BookCoach']],
    ['projection', 'payers', ['Paid']],
    ['handler', 'letters', ['CoachOrdered']],
    ['handler', 'bell', ['CoachOrdered']],
  ]);
  for (const { holds, by, keeps, breaks, inputs } of consumers) {
    for (const text of [holds, by, ...keeps, ...breaks]) expect(text).toMatch(/\w/);
    expect(keeps.length * breaks.length * inputs.length).toBeGreaterThan(0);
    for (const input of inputs) expect([input.holds, input.by, input.keeps, ...input.breaks].every((text) => text.length > 3)).toBe(true);
  }
});

const of = ({ consumers }: Guarantees, consumer: string): Guarantee => consumers.find((one) => one.consumer === consumer) as Guarantee;
const input = (guarantee: Guarantee, type: string) => guarantee.inputs.find((one) => one.type === type);

test('the mechanism is the one that works: once key, seen marks, pending row, command ids, attempt row, compare-and-set', async () => {
  const all = await told();
  const trip = of(all, 'trip');
  expect(input(trip, 'Paid')).toMatchObject({
    holds: expect.stringMatching(
      /exactly once per seat.*parked as a conflict; first seen from status "ordered" on it is taken in by @HandlesLate/,
    ) as string,
    by: expect.stringMatching(/seen marks.*once key/) as string,
    keeps: expect.stringContaining('one digest for each seat') as string,
  });
  expect(input(trip, 'Announced')?.keeps).toContain('one digest');
  expect(input(trip, 'Gossip')).toMatchObject({
    holds: expect.stringContaining('each row of the log') as string,
    breaks: [expect.stringContaining('declare once') as string],
  });
  expect(input(trip, 'Reminder')).toMatchObject({ by: expect.stringContaining('pending row') as string });
  expect(input(of(all, 'coach'), 'BookCoach')).toMatchObject({
    holds: expect.stringContaining('from a saga, exactly once for each row') as string,
    keeps: 'one digest for each command that was taken in',
  });
  expect(of(all, 'bell').by).toContain('attempt row');
  expect(of(all, 'letters')).toMatchObject({ holds: expect.stringContaining('at least once') as string });
  expect(of(all, 'payers').by).toContain('compare-and-set');
});

test('exactly once is said of state and emitted events, and of nothing else', async () => {
  const { consumers } = await told();
  for (const { kind, holds, inputs } of consumers) {
    const texts = [holds, ...inputs.map((one) => one.holds)];
    if (kind === 'handler' || kind === 'projection') expect(texts.join()).not.toContain('exactly once');
    for (const text of texts)
      if (text.includes('exactly once')) expect(text).toMatch(/state (of an actor )?and (the )?(emitted events|events that it emits)/);
  }
});

test('the bounds are those of this app, and the sentence is that of its store', async () => {
  const { store, consumers } = await told();
  expect(consumers[0]?.keeps.join()).toMatch(/about 7 actors.*at most 9 messages/);
  expect(store).toMatchObject({ id: 'memory', guarantee: 'kept in memory only: lost with the process', durable: false });
  expect(store.breaks[0]).toContain('power cut');
  const silent = Object.defineProperties(memoryStore(), { guarantee: { value: undefined }, durable: { value: undefined } });
  const other = await told(silent);
  expect(other.store).toMatchObject({ durable: undefined, guarantee: expect.stringContaining('does not say') as string });
  expect(other.store.breaks.join()).not.toContain('power cut');
});

test('it is JSON, and prints as a table that no line leaves', async () => {
  const all = await told();
  expect(JSON.parse(JSON.stringify(all))).toEqual(all);
  const text = guaranteesText(all);
  const lines = text.split('\n');
  const table = lines.filter((line) => /^[|+]/.test(line));
  expect(new Set(table.map(({ length }) => length)).size).toBe(1);
  for (const { consumer, kind, inputs } of all.consumers) {
    expect(text).toContain(`${kind} ${consumer}`);
    for (const { type } of inputs) expect(text).toContain(type);
  }
});

class Came extends Event('Came')<{ id: string }> {}

test('an app refuses a store that may lose what it has acknowledged under a class that must survive, with and without personal data', async () => {
  @Saga('halls', { durable: true })
  class Halls extends Actor<number, Came> {
    initial() {
      return 0;
    }
    key(e: Came) {
      return e.id;
    }
    @Handles(Came) came() {
      return [];
    }
  }
  for (const use of [[Halls], [Halls, ...USE]]) {
    await expect(App.start({ store: memoryStore(), use })).rejects.toThrow(/STORE_NOT_DURABLE: "halls"/);
    await expect(App.start({ store: memoryStore(), use, telemetry: true })).rejects.toThrow(/STORE_NOT_DURABLE/);
    const durable = Object.defineProperty(memoryStore(), 'durable', { value: true });
    await running({ store: durable, use }, async (app) => expect(app.guarantees().store.durable).toBe(true));
  }
});
