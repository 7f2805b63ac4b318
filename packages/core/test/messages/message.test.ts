import { canonical, Command, Event } from '@waybill/core';
import type { MessageOptions } from '@waybill/core';
import { checkMessageClass, revive, reviveTaken } from '@waybill/core/internal';

class ItemAdded extends Event('ItemAdded')<{ orderId: string; index: number; note?: string | undefined }> {}
class Empty extends Event('Empty') {}
class AddItem extends Command('AddItem')<{ orderId: string }> {}

/** A Standard Schema made by hand: `check` gives the value, or says what is wrong with it. */
function schemaOf<In, Out>(check: (value: unknown) => Out | string | Promise<Out>) {
  return {
    '~standard': {
      version: 1 as const,
      vendor: 'by hand',
      types: undefined as { readonly input: In; readonly output: Out } | undefined,
      validate(value: unknown) {
        const result = check(value);
        if (result instanceof Promise) return result.then((out) => ({ value: out }));
        return typeof result === 'string' ? { issues: [{ message: result, path: ['lines', { key: 0 }, 'n'] }] } : { value: result };
      },
    },
  };
}
const fromLog = (text: string) => JSON.parse(text) as never;

describe('a message', () => {
  test('holds its data as own fields, and its name and kind where data cannot reach them', () => {
    const item = new ItemAdded({ orderId: 'o-1', index: 0 });
    expect(Object.keys(item)).toEqual(['orderId', 'index']);
    expect([item.type, item['~kind'], ItemAdded.messageType]).toEqual(['ItemAdded', 'event', 'ItemAdded']);
    expect([new AddItem({ orderId: 'o-1' }).type, new AddItem({ orderId: 'o-1' })['~kind']]).toEqual(['AddItem', 'command']);
    expect(canonical(item)).toBe('{"index":0,"orderId":"o-1"}');
    expect(canonical(new Empty())).toBe('{}');
  });

  test('cannot be renamed: not by its data, not by an assignment', () => {
    const item = new ItemAdded({ orderId: 'o-1', index: 0, type: 'OrderAccepted' } as never);
    expect(item.type).toBe('ItemAdded');
    expect(Object.keys(item)).toEqual(['orderId', 'index']);
    expect(() => Object.assign(item, { type: 'OrderAccepted' })).toThrow(TypeError);
  });

  test('keeps its prototype: data with a key "__proto__" is refused', () => {
    expect(() => new ItemAdded(fromLog('{"orderId":"o-1","__proto__":{"index":7}}'))).toThrow('CONTENT_FORBIDDEN_KEY');
    expect(() => revive(ItemAdded, fromLog('{"__proto__":{}}'), 1)).toThrow('CONTENT_FORBIDDEN_KEY');
    expect(() => reviveTaken(ItemAdded, fromLog('{"__proto__":{}}'), 1)).toThrow('CONTENT_FORBIDDEN_KEY');
  });

  test('leaves undefined fields out: they would not survive the log', () => {
    expect(Object.keys(new ItemAdded({ orderId: 'o-1', index: 0, note: undefined }))).toEqual(['orderId', 'index']);
  });

  test.each([
    ['null', null],
    ['a list', []],
    ['a string', 'o-1'],
    ['a number', 7],
  ])('is not made of %s', (_, data) => {
    expect(() => new ItemAdded(data as never)).toThrow(/MESSAGE_INVALID: ItemAdded was given/);
  });

  test('keeps the methods and getters of its class, also when it comes from the log', () => {
    class Priced extends Event('Priced')<{ net: number }> {
      get gross() {
        return this.net * 2;
      }
    }
    const priced = revive(Priced, { net: 2 }, 1);
    expect(priced).toBeInstanceOf(Priced);
    expect((priced as Priced).gross).toBe(4);
    expect(canonical(priced)).toBe('{"net":2}');
  });

  test.each(['', '7up', 'took:ItemAdded', 'a b', 'a-b', 'ä', 'x'.repeat(129)])('cannot be named %j', (name) => {
    expect(() => Event(name)).toThrow('MESSAGE_NAME');
    expect(() => Command(name)).toThrow('MESSAGE_NAME');
  });
  test('may have dots and digits in its name', () => {
    expect(Event('shop.v2.Item_Added').messageType).toBe('shop.v2.Item_Added');
  });
});

describe('a class field on a message', () => {
  test('erases the data of that name, so it is refused', () => {
    class Erased extends Event('Erased')<{ orderId: string }> {
      declare readonly fine: string;
      orderId!: string;
    }
    expect(new Erased({ orderId: 'o-1' }).orderId).toBeUndefined();
    expect(() => checkMessageClass(Erased)).toThrow(/MESSAGE_CLASS_FIELD: Erased declares the class field "orderId"/);
    expect(() => checkMessageClass(ItemAdded)).not.toThrow();
  });

  test('is found where a schema would refuse an empty message', () => {
    class Strict extends Event('Strict', { schema: schemaOf<{ n: number }, { n: number }>(() => 'is missing') }) {}
    expect(() => checkMessageClass(Strict)).not.toThrow();
  });
});

describe('a schema', () => {
  const count = schemaOf<{ n?: number }, { n: number }>((value) => {
    const { n = 1 } = value as { n?: number };
    return n < 0 ? 'must not be negative' : { n };
  });
  class Counted extends Event('Counted', { schema: count }) {}

  test('checks what is made and gives what it makes of it', () => {
    expect(new Counted({}).n).toBe(1);
    expect(revive(Counted, { n: 5 }, 1)).toEqual(new Counted({ n: 5 }));
  });

  test('names the fields that are wrong, not their values', () => {
    expect(() => new Counted({ n: -4711 })).toThrow(/^MESSAGE_INVALID: Counted is not valid: lines\.0\.n: must not be negative/);
    expect(() => new Counted({ n: -4711 })).not.toThrow('4711');
  });

  test('is not asked about what was taken in before: that stays taken in', () => {
    expect(() => revive(Counted, { n: -1 }, 1)).toThrow('MESSAGE_INVALID');
    expect(reviveTaken(Counted, { n: -1 }, 1)).toMatchObject({ type: 'Counted', n: -1 });
  });

  test('must answer at once', () => {
    class Later extends Event('Later', { schema: schemaOf<object, object>((value) => Promise.resolve(value as object)) }) {}
    expect(() => new Later({})).toThrow(/MESSAGE_SCHEMA_ASYNC: the schema of Later/);
  });

  test('must give an object', () => {
    class Listed extends Event('Listed', { schema: schemaOf<object, object>(() => [1]) }) {}
    expect(() => new Listed({})).toThrow('MESSAGE_INVALID');
  });
});

describe('an older schema version', () => {
  const upcast = {
    1: (data: Record<string, unknown>) => ({ ...data, quantity: 1 }),
    2: (data: Record<string, unknown>) => ({ ...data, total: (data['quantity'] as number) * 10 }),
  };
  class Sold extends Event('Sold', { version: 3, upcast })<{ sku: string; quantity: number; total: number }> {}

  test('is brought up step by step, from whatever version it is', () => {
    const current = new Sold({ sku: 'pen', quantity: 1, total: 10 });
    expect(revive(Sold, { sku: 'pen' }, 1)).toEqual(current);
    expect(revive(Sold, { sku: 'pen', quantity: 1 }, 2)).toEqual(current);
    expect(revive(Sold, { sku: 'pen', quantity: 1, total: 10 }, 3)).toEqual(current);
    expect(reviveTaken(Sold, { sku: 'pen' }, 1)).toEqual(current);
  });

  test('is checked after upcasting, not before', () => {
    const schema = schemaOf<{ n: number }, { n: number }>((value) =>
      typeof (value as { n?: unknown }).n === 'number' ? (value as { n: number }) : 'not a number',
    );
    class Renamed extends Event('Renamed', { schema, version: 2, upcast: { 1: ({ count }) => ({ n: count }) } }) {}
    expect(revive(Renamed, { count: 3 }, 1)).toEqual(new Renamed({ n: 3 }));
    expect(() => revive(Renamed, { count: '3' }, 1)).toThrow('MESSAGE_INVALID');
  });

  test('without an upcast is refused where the class is declared', () => {
    const gap = { version: 3, upcast: { 2: (data) => data } } as MessageOptions<undefined, number>;
    expect(() => Event('Gap', gap)).toThrow(/MESSAGE_UPCAST_GAP: Gap version 3 has no upcast from 1/);
    expect(() => Event('None', { version: 2 } as MessageOptions<undefined, number>)).toThrow('MESSAGE_UPCAST_GAP');
  });

  test('that is newer than this code is refused, never guessed at', () => {
    expect(() => revive(Sold, { sku: 'pen' }, 4)).toThrow(/MESSAGE_NEWER_VERSION: Sold version 4/);
    expect(() => reviveTaken(Sold, { sku: 'pen' }, 4)).toThrow('MESSAGE_NEWER_VERSION');
  });

  test('whose upcaster throws is not a message', () => {
    const fails = () => {
      throw new Error('unknown sku');
    };
    class Failing extends Event('Failing', { version: 2, upcast: { 1: fails } })<{ n: number }> {}
    expect(() => revive(Failing, {}, 1)).toThrow('unknown sku');
  });
});
