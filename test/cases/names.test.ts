import type { UseClass } from '@waybill/core';
import { audit } from 'waybill';
import { fed, NewClaims, NewClaimsKept, OldClaims, OldClaimsKept, ordersOnce, stockWith } from './name-actors';
import type { Fed } from './messages';
import { forEachStore } from './stores';
import { World } from './world';

const HOUR = 3_600_000;
const by = { by: 'ada', why: 'not ours' };

/** One process of these classes, until all is done. */
async function run(world: World, use: readonly UseClass[], ...messages: readonly Fed[]): Promise<string[]> {
  const process = await world.start({ use });
  await world.feed(...messages);
  await process.settled();
  await process.stop();
  // Today’s names have a checkpoint of their own, so what was taken in before comes by as well.
  return process.kinds().slice(-messages.length);
}
const count = async (world: World, stream: string, ...types: string[]) =>
  (await world.rows()).filter((row) => row.stream === stream && types.includes(row.type)).length;

async function isSound(world: World, use: readonly UseClass[]): Promise<void> {
  const runtime = world.clock.runtime();
  for (const options of [{}, { use }, { use, decisions: true }])
    expect((await audit(world.store, { ...options, runtime, most: 5 })).violations).toEqual([]);
}

forEachStore('a release that renames its messages', (open) => {
  afterEach(() => (OldClaims.broken = false));

  test.each([
    ['without snapshots', OldClaims, NewClaims],
    ['with snapshots', OldClaimsKept, NewClaimsKept],
  ])('a deadline that the former name has set fires once, and can be cancelled and set anew, %s', async (_, before, now) => {
    const world = await World.open(open());
    await run(world, [before], fed('Asked', { of: 'a' }), fed('Asked', { of: 'b' }), fed('Asked', { of: 'c' }));
    const process = await world.start({ use: [now] });
    await world.feed(fed('Replied', { of: 'b' }), fed('Enquired', { of: 'c' }));
    await process.settled();
    world.clock.pass(2 * HOUR);
    await process.settled();
    await process.stop();
    for (const [of, times] of [
      ['a', 1],
      ['b', 0],
      ['c', 1],
    ] as const)
      expect(await count(world, `claims-${of}`, 'Reminded')).toBe(times);
    await isSound(world, [now]);
  });

  test.each([
    ['without snapshots', OldClaims, NewClaims],
    ['with snapshots', OldClaimsKept, NewClaimsKept],
  ])(
    'a message that an operator skipped under its former name stays without effect, under either name and once closed, %s',
    async (_, before, now) => {
      const world = await World.open(open());
      OldClaims.broken = true;
      const old = await world.start({ use: [before] });
      await world.feed(fed('Refund', { of: 'a', n: 1 }));
      await old.settled();
      await world.drive(old.system.operators.skip('claims-a', 0, by));
      await old.stop();
      OldClaims.broken = false;
      expect(await run(world, [now], fed('Refund', { of: 'a', n: 1 }), fed('Repayment', { of: 'a', n: 1 }))).toEqual([
        'duplicate',
        'duplicate',
      ]);
      expect(await run(world, [now], fed('Repayment', { of: 'a', n: 2 }), fed('Shut', { of: 'a' }))).toEqual(['applied', 'applied']);
      expect(await run(world, [now], fed('Repayment', { of: 'a', n: 1 }), fed('Refund', { of: 'a', n: 2 }))).toEqual(['duplicate', 'late']);
      expect(await count(world, 'claims-a', 'Paid', 'Settled')).toBe(1);
      await isSound(world, [now]);
    },
  );

  test('an actor that the former release has closed knows its keys and what was skipped under today’s names', async () => {
    const world = await World.open(open());
    OldClaims.broken = true;
    const old = await world.start({ use: [OldClaims] });
    await world.feed(fed('Refund', { of: 'a', n: 1 }));
    await old.settled();
    await world.drive(old.system.operators.skip('claims-a', 0, by));
    OldClaims.broken = false;
    await world.feed(fed('Refund', { of: 'a', n: 2 }), fed('Shut', { of: 'a' }));
    await old.settled();
    await old.stop();
    const kinds = await run(
      world,
      [NewClaims],
      fed('Repayment', { of: 'a', n: 2 }),
      fed('Repayment', { of: 'a', n: 1 }),
      fed('Repayment', { of: 'a', n: 3 }),
    );
    expect(kinds).toEqual(['late', 'duplicate', 'parked']);
    await isSound(world, [NewClaims]);
  });

  test('what is parked under the former name runs once by a retry, and its copies under either name wait and are duplicates', async () => {
    const world = await World.open(open());
    OldClaims.broken = true;
    await run(world, [OldClaims], fed('Refund', { of: 'a', n: 1 }), fed('Refund', { of: 'a', n: 2 }));
    OldClaims.broken = false;
    const now = await world.start({ use: [NewClaims] });
    await world.feed(fed('Repayment', { of: 'a', n: 1 }), fed('Refund', { of: 'a', n: 2 }));
    await now.settled();
    expect(now.kinds()).toEqual(['duplicate', 'duplicate', 'duplicate', 'duplicate']);
    await world.drive(now.system.operators.retry('claims-a', undefined, by));
    await world.feed(fed('Repayment', { of: 'a', n: 2 }), fed('Refund', { of: 'a', n: 1 }));
    await now.settled();
    await now.stop();
    expect(await count(world, 'claims-a', 'Settled')).toBe(2);
    await isSound(world, [NewClaims]);
  });
});

const onces = [
  ['none', undefined],
  ['true', true],
  ['a key', 'line'],
  ['a list', ['line', 'kind']],
  ['a function', ({ line }: { line: number }) => `l${line}`],
] as const;
const changes = onces.flatMap(([from, a]) => onces.filter(([to]) => to !== from).map(([to, b]) => [from, to, a, b] as const));

forEachStore('a release with another once', (open, name) => {
  // All of them where they cost least; a store knows nothing of keys.
  const few = changes.filter(([from, to]) => `${from} ${to}` === 'a key a list' || `${from} ${to}` === 'none a key');
  describe.each([[false], [true]])('with snapshots: %s', (kept) => {
    test.each(name === 'memory' ? changes : few)(
      '%s becomes %s while orders are open: nobody is stuck, and an equal copy changes nothing',
      async (from, to, a, b) => {
        const world = await World.open(open());
        const [before, now] = [ordersOnce(a, kept), ordersOnce(b, kept)];
        const line = (of: string, n: number, kind?: string) => fed('Line', { of, line: n, ...(kind && { kind }) });
        const full = from === 'a list' || to === 'a list';
        const first = line('a', 1, full ? 'x' : undefined);
        await run(world, [before], first, line('closed', 1, 'x'), fed('Sealed', { of: 'closed' }));
        // The items of old code have no kind: today’s class can make no key of them.
        if (from !== 'a list') await run(world, [before], line('b', 1));
        const kinds = await run(world, [now], line('b', 2, 'x'), line('a', 2, 'x'));
        expect(kinds.filter((kind) => kind !== 'applied')).toEqual(
          to === 'true' ? (from === 'a list' ? ['conflict'] : ['conflict', 'conflict']) : [],
        );
        if (to !== 'none') expect(await run(world, [now], { ...first })).toEqual(['duplicate']);
        // And back.
        await run(world, [before], line('a', 3, 'x'));
        expect(await run(world, [before], line('c', 1, 'x'))).toEqual(['applied']);
        await run(world, [now], line('closed', 1, 'x'));
        expect(await count(world, 'orders-closed', 'Taken')).toBe(1);
        await isSound(world, [now]);
        await isSound(world, [before]);
      },
    );
  });
});

forEachStore('a schema that gains a default', (open) => {
  test.each([[false], [true]])(
    'a command that is sent again after the release gets its stored answer; rows taken in before are folded with the default, snapshots: %s',
    async (kept) => {
      const world = await World.open(open());
      const [before, now] = [stockWith(undefined, kept ? 1 : undefined), stockWith(() => 1, kept ? 2 : undefined)];
      const old = await world.start({ use: [before.Stock] });
      const answer = await old.send('stock', new before.Add({ of: 'a', n: 1, qty: 3 }), 'c-1');
      await old.send('stock', new before.Add({ of: 'a', n: 2 }), 'c-2');
      await old.stop();
      const fresh = await world.start({ use: [now.Stock] });
      expect(await fresh.send('stock', new now.Add({ of: 'a', n: 1, qty: 3 }), 'c-1')).toMatchObject({ version: answer.version });
      await fresh.send('stock', new now.Add({ of: 'a', n: 2 }), 'c-2');
      const { events } = await fresh.send('stock', new now.Add({ of: 'a', n: 3 }), 'c-3');
      expect(events).toMatchObject([{ total: 5 }]);
      await fresh.stop();
    },
  );

  test('an event that is repeated after the release is a duplicate, and what was taken in before is folded as it is read from the log', async () => {
    const world = await World.open(open());
    const [before, now] = [stockWith(), stockWith(() => 1)];
    await run(world, [before.Arrivals], fed('Came', { of: 'a', n: 1 }));
    expect(await run(world, [now.Arrivals], fed('Came', { of: 'a', n: 1 }), fed('Came', { of: 'a', n: 2 }))).toEqual([
      'duplicate',
      'applied',
    ]);
    expect((await world.stream('came-a')).filter(({ type }) => type === 'Added').at(-1)?.data).toMatchObject({ total: 2 });
    await world.audit([now.Arrivals]);
  });
});
