import { Ledger } from './ledger';
import { shippingFacts } from './messages';

describe('the ledger of what is durable', () => {
  const write = (position: number) => {
    const meta = JSON.stringify({ cause: { id: `m-${position}`, source: 'log', position } });
    return {
      stream: 'shipping-o',
      expected: 'none' as const,
      events: [{ id: `r-${position}`, type: 'took:ItemAdded', data: '{"orderId":"o","index":0}', meta, time: 0 }],
    };
  };
  const outcome = (kind: 'applied' | 'duplicate' | 'parked', position: number) =>
    ({ kind, consumer: 'shipping', type: 'ItemAdded', id: `m-${position}`, position, stream: 'shipping-o' }) as const;
  const ledgerOf = (...positions: readonly number[]) => {
    const ledger = new Ledger(shippingFacts, 'log');
    for (const position of positions) ledger.fed({ type: 'ItemAdded', data: { orderId: 'o', index: 0 } }, position);
    return ledger;
  };

  test('accepts an outcome behind its row, and a duplicate behind its first copy', () => {
    const ledger = ledgerOf(1, 2);
    ledger.accepted(write(1), 0);
    ledger.published('p', outcome('applied', 1));
    ledger.published('p', outcome('duplicate', 2));
    ledger.saving('shipping', { store: 'log', position: 2, epoch: 0 });
    expect(ledger.problems).toEqual([]);
  });

  test.each(['applied', 'duplicate', 'parked'] as const)('refuses %s before its row is durable', (kind) => {
    const ledger = ledgerOf(1);
    ledger.published('p', outcome(kind, 1));
    expect(ledger.problems).toHaveLength(1);
  });

  test('refuses a checkpoint above a message without a durable outcome', () => {
    const ledger = ledgerOf(1);
    ledger.saving('shipping', { store: 'log', position: 1, epoch: 0 });
    expect(ledger.problems.join()).toMatch(/went to 1, above ItemAdded at 1/);
  });

  test('refuses an ok for rows that are not in the log', () => {
    const ledger = ledgerOf(1, 2);
    ledger.accepted(write(1), 0);
    ledger.accepted(write(2), 0);
    expect(ledger.problems.join()).toMatch(/were both told to stand at shipping-o 0/);
    expect(ledger.compare([]).join()).toMatch(/which is not so/);
  });

  test('refuses rows of one cause that came by two appends', () => {
    const ledger = ledgerOf(1);
    ledger.accepted(write(1), 0);
    ledger.accepted({ ...write(1), events: [{ ...write(1).events[0]!, id: 'r-9', type: 'ShipmentRequested' }] }, 1);
    expect(ledger.compare([]).join()).toMatch(/came by 2 appends/);
  });
});
