import type { UseClass } from '@waybill/core';
import { Actor, Aggregate, App, Applies, Command, Event, Handler, Handles, memoryStore, On, Projection, Saga } from 'waybill';
import type { LogFields } from 'waybill';
import { calls, done, old, Order, packed, today, tomorrow } from './class-name-actors';
import { forEachStore } from './stores';
import { World } from './world';

const HOUR = 3_600_000;
const UNDER = 'old';

forEachStore('a class that has another name', (open) => {
  beforeEach(() => calls.splice(0));

  test.each([
    ['its former name', () => today(UNDER)],
    ['its two former names, the first one last', () => tomorrow('', UNDER)],
  ])('goes on where it was by %s: no command, shipment, call or row twice, a deadline fires, and back again', async (_, now) => {
    const world = await World.open(open());
    const before = old();
    const first = await world.start({ use: before.use });
    const answer = await first.send('oldOrders', new Order({ of: 'a', n: 1 }), 'c-1');
    await world.feed(packed('a'));
    await first.settled();
    await first.stop();
    for (const [use, of] of [
      [now().use, 'b'],
      [before.use, 'c'],
    ] as const) {
      const process = await world.start({ use });
      expect(await process.send('oldOrders', new Order({ of: 'a', n: 1 }), 'c-1')).toMatchObject({
        stream: answer.stream,
        version: answer.version,
      });
      await process.send('oldOrders', new Order({ of, n: 1 }), 'c-1');
      await world.feed(packed(of), packed('a'));
      await process.settled();
      world.clock.pass(2 * HOUR);
      await process.settled();
      await process.stop();
    }
    const rows = await world.rows();
    for (const of of ['a', 'b', 'c']) {
      for (const type of ['Shipped', 'Chased'])
        expect(rows.filter((row) => row.type === type && row.stream === `oldShipping-${of}`)).toHaveLength(1);
      expect(calls.filter((call) => call.endsWith(of)).sort()).toEqual([of, `once ${of}`]);
    }
    expect(rows.filter(({ type }) => type === 'Shipped')).toHaveLength(3);
    expect(await world.store.views?.all('oldBoard')).toMatchObject(
      ['a', 'b', 'c'].map((key) => ({ key, row: JSON.stringify({ of: key, times: 1 }) })),
    );
    await world.audit(now().use);
    await world.audit(before.use);
  });
});

/** The app of real time on this store, until all is done. */
async function run(store: Parameters<typeof App.start>[0]['store'], use: readonly UseClass[], told: LogFields[] = []): Promise<App> {
  const say = (message: string, fields: LogFields): void => void (message.includes('not read') && told.push(fields));
  const quiet = (): void => undefined;
  const app = await App.start({ store, use, logger: { debug: quiet, info: quiet, warn: say, error: quiet } });
  await app.settled();
  return app;
}

forEachStore('an app that starts', (open) => {
  beforeEach(() => calls.splice(0));

  test('is refused while an actor of a name that no class has is open and a class of a new name takes what it took; what the error says helps', async () => {
    const world = await World.open(open());
    const { store } = world;
    const before = await run(store, [old().Shipping]);
    await world.feed(packed('a'), packed('b'), done('a'));
    await before.settled();
    await before.stop();
    const renamed = run(store, [today().Shipping]);
    await expect(renamed).rejects.toThrow(/^CLASS_RENAMED: .*"oldShipping" \(oldShipping-b\).*aliases: \['oldShipping'\].*aliases: \[\]/s);
    await expect(run(store, [tomorrow(UNDER, '').Shipping])).rejects.toThrow(/CLASS_RENAMED: .*aliases: \['Shipping', 'oldShipping'\]/s);
    const helped = await run(store, [tomorrow('', UNDER).Shipping]);
    await helped.stop();
    expect((await world.rows()).filter(({ type }) => type === 'Shipped')).toHaveLength(2);
  });

  test('is refused likewise for an aggregate, which would answer a repeated command anew', async () => {
    const world = await World.open(open());
    const { Orders } = old();
    const before = await run(world.store, [Orders]);
    await before.send(Orders, new Order({ of: 'a', n: 1 }), { id: 'c-1' });
    await before.stop();
    await expect(run(world.store, [today().Orders])).rejects.toThrow('CLASS_RENAMED');
    const helped = await run(world.store, [today(UNDER).Orders]);
    await helped.stop();
  });

  test('starts beside the classes of other apps: those with the former name, of other messages, closed ones, and one that never had another name', async () => {
    const world = await World.open(open());
    const { Orders, Shipping, Mails, Board } = old();
    const before = await run(world.store, [Orders, Shipping, Mails, Board]);
    await before.send(Orders, new Order({ of: 'a', n: 1 }), { id: 'c-1' });
    await world.feed(packed('a'), packed('b'), done('b'));
    await before.settled();
    const beside: UseClass[][] = [[Mails], [Board], [today().Mails, today().Board], [Shipping, today().Shipping], [First]];
    for (const use of beside) await (await run(world.store, use)).stop();
    await before.stop();
    await world.feed(done('a'));
    await (await run(world.store, [Orders, Shipping])).stop();
    // Now its own rows are there.
    await (await run(world.store, [today().Shipping])).stop();
  });

  test('tells of messages that a class took before and no class takes any more, with the place and what to do, until it is done', async () => {
    const world = await World.open(open());
    await world.feed({ type: 'Paid', data: { of: 'a' } });
    await (await run(world.store, [Payments, Receipts])).stop();
    const told: LogFields[] = [];
    await (await run(world.store, [PaymentsRenamed, ReceiptsRenamed], told)).stop();
    expect(told).toMatchObject([
      { consumer: 'payments', type: 'Paid', stream: 'feed', version: 0, fix: expect.stringContaining('aliases') },
      { consumer: 'receipts', type: 'Paid', stream: 'feed', version: 0, fix: expect.stringContaining('aliases') },
    ]);
    told.splice(0);
    await (await run(world.store, [PaymentsRenamed, ReceiptsRenamed], told)).stop();
    expect(told).toMatchObject([{ consumer: 'payments' }]);
    for (const cured of [[PaymentsAliased], [PaymentsRetired], [Payments]]) {
      told.splice(0);
      await (await run(world.store, cured, told)).stop();
      expect(told).toEqual([]);
    }
  });
});

test('an event of one class that the app takes as another of that name is not stored: its command fails and names it', async () => {
  const store = memoryStore();
  const app = await App.start({ store, use: [Users, Products] });
  await expect(app.send(Users, new Join({ of: 'ada' }), { id: 'c-1' })).rejects.toThrow('TWO_CLASSES_OF_ONE_NAME');
  await app.stop();
  expect(await store.head()).toBe(0);
});

class Join extends Command('Join')<{ of: string }> {}
class Joined extends Event('Created')<{ of: string }> {}
class Created extends Event('Created')<{ of: string }> {}
@Aggregate('users')
class Users extends Actor<null, Join, Joined> {
  initial() {
    return null;
  }
  key({ of }: Join) {
    return of;
  }
  @Handles(Join) onJoin({ of }: Join) {
    return new Joined({ of });
  }
}
@Projection('products')
class Products extends Actor<{ of: string } | undefined, Created> {
  initial() {
    return undefined;
  }
  key({ of }: Created) {
    return of;
  }
  @Applies(Created) created({ of }: Created) {
    return { of };
  }
}

class Paid extends Event('Paid')<{ of: string }> {}
class Settled extends Event('Settled')<{ of: string }> {}
class SettledOnce extends Event('Settled', { aliases: ['Paid'] })<{ of: string }> {}

abstract class Of<In extends Paid | Settled | SettledOnce> extends Actor<null, In> {
  initial() {
    return null;
  }
  key({ of }: { of: string }) {
    return of;
  }
}
/** Takes nothing that the others take. */
@Saga('first')
class First extends Of<Paid> {
  @Handles(Paid) onPaid() {
    return [];
  }
}
@Saga('payments')
class Payments extends Of<Paid> {
  @Handles(Paid) onPaid() {
    return [];
  }
}
@Saga('payments')
class PaymentsRenamed extends Of<Settled> {
  @Handles(Settled) onSettled() {
    return [];
  }
}
@Saga('payments', { retired: ['Paid'] })
class PaymentsRetired extends Of<Settled> {
  @Handles(Settled) onSettled() {
    return [];
  }
}
@Saga('payments')
class PaymentsAliased extends Of<SettledOnce> {
  @Handles(SettledOnce) onSettled() {
    return [];
  }
}
@Handler('receipts', { delivery: 'at-least-once' })
class Receipts {
  @On(Paid) onPaid() {
    return undefined;
  }
}
@Handler('receipts', { delivery: 'at-least-once' })
class ReceiptsRenamed {
  @On(Settled) onSettled() {
    return undefined;
  }
}
