import {
  Actor,
  Aggregate,
  App,
  Applies,
  Command,
  Event,
  explanationText,
  guaranteesText,
  Handles,
  memoryStore,
  Refusal,
  Rejected,
  Saga,
} from 'waybill';
import type { Logger, Store, UseClass } from 'waybill';
import { Lines } from './lines';

class Ordered extends Event('Ordered')<{ orderId: string; sku: string }> {}
class Reserved extends Event('Reserved')<{ orderId: string; sku: string }> {}
class Declined extends Event('Declined')<{ orderId: string; why: string }> {}

// #region told
class Reserve extends Command('Reserve')<{ orderId: string; sku: string }> {}

@Aggregate('stock', { refuses: [Reserve] }) // sagas hear of it when this command is refused
class Stock extends Actor<{ left: number }, Reserve, Reserved> {
  initial() {
    return { left: 1 };
  }
  key(c: Reserve) {
    return c.sku;
  }
  @Handles(Reserve) reserve({ orderId, sku }: Reserve, { left }: { left: number }) {
    if (left === 0) throw new Rejected('none left');
    return new Reserved({ orderId, sku });
  }
  @Applies(Reserved) reserved(_: Reserved, { left }: { left: number }) {
    return { left: left - 1 };
  }
}

@Saga('purchases', { sends: [Reserve] })
class Purchases extends Actor<object, Ordered | Refusal<Reserve>, Reserve | Declined> {
  initial() {
    return {};
  }
  key(e: Ordered | Refusal<Reserve>) {
    return e.orderId; // a refusal has the fields of its command
  }
  @Handles(Ordered, { once: true }) ordered({ orderId, sku }: Ordered) {
    return new Reserve({ orderId, sku });
  }
  @Handles(Refusal(Reserve)) refused({ orderId, refusedBecause }: Refusal<Reserve>) {
    return new Declined({ orderId, why: refusedBecause });
  }
}
// #endregion

@Aggregate('stock')
class SilentStock extends Actor<object, Reserve> {
  initial() {
    return {};
  }
  key(c: Reserve) {
    return c.sku;
  }
  @Handles(Reserve) reserve() {
    return [];
  }
}

async function order(store: Store, ...ids: string[]): Promise<void> {
  const events = ids.map((id) => ({
    id,
    type: 'Ordered',
    data: JSON.stringify({ orderId: id, sku: 'pear' }),
    meta: '{}',
    time: Date.now(),
  }));
  await store.append([{ stream: 'web', expected: 'none', events }]);
}

test('a saga hears that its command was refused; explain says so, and guarantees() which refusals are told', async () => {
  const store = memoryStore();
  const app = await App.start({ store, use: [Stock, Purchases] });
  await order(store, 'o-1', 'o-2');
  await app.settled();
  const rows = await store.read('purchases-o-2');
  expect(rows.map(({ type }) => type)).toEqual(['took:Ordered', 'Reserve', 'took:Reserve.refused', 'Declined']);
  expect(JSON.parse(rows[3]?.data as string)).toEqual({ orderId: 'o-2', why: 'none left' });
  const explanation = explanationText(await app.explain(rows[1]?.id as string));
  expect(explanation).toContain('its method refused it, and the next row tells so');
  expect(explanation).toContain('Reserve.refused');
  const { inputs = [] } = app.guarantees().consumers.find(({ consumer }) => consumer === 'stock') ?? {};
  expect(inputs[0]?.holds).toContain('and if it is refused, one Reserve.refused');
  expect(guaranteesText(app.guarantees())).toContain('Reserve.refused');
  await app.stop();
});

const starts = (use: readonly UseClass[], logger?: Logger) => App.start({ store: memoryStore(), use, ...(logger && { logger }) });

test('who takes a refusal that an aggregate of the same app never tells is refused at the start; of an app without that aggregate nothing is known', async () => {
  await expect(starts([SilentStock, Purchases])).rejects.toThrow(
    'REFUSAL_NOT_TOLD: "purchases" takes the refusal of Reserve, of which "stock" never tells. Fix: add it: @Aggregate(\'stock\', { refuses: [Reserve] }).',
  );
  const logger = new Lines();
  await (await starts([Purchases], logger)).stop();
  expect(logger.at('warn')).toEqual([
    [
      'no aggregate of this app takes a command',
      {
        consumer: 'purchases',
        type: 'Reserve',
        fix: 'add the aggregate that takes Reserve to use; if it is in another app, with fromLog: true there, all is well',
      },
    ],
  ]);
});

test('a command that no aggregate of this app takes is told on stderr where there is no logger, or its logger throws, and not where one takes it', async () => {
  const said: string[] = [];
  const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  const throws = Object.assign(new Lines(), { warn: () => expect(1).toBe(2) }) as Logger;
  try {
    await (await starts([Stock, Purchases])).stop();
    expect(said).toEqual([]);
    await (await starts([Purchases])).stop();
    await (await starts([Purchases], throws)).stop();
  } finally {
    write.mockRestore();
  }
  expect(said).toHaveLength(2);
  expect(said[0]).toContain('waybill: "purchases" sends Reserve, which no aggregate of this app takes. Fix: ');
});
