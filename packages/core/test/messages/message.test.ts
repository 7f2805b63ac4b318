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
type Data = Record<string, unknown>;
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
    const item = new ItemAdded({ orderId: 'o-1', index: 0, type: 'ItemAdded' } as never);
    expect(item.type).toBe('ItemAdded');
    expect(Object.keys(item)).toEqual(['orderId', 'index']);
    expect(() => Object.assign(item, { type: 'OrderAccepted' })).toThrow(TypeError);
  });

  test.each(['OrderAccepted', 'gift', 7, null])('is refused where its data has a field "type", %j, which it could not keep', (type) => {
    const data = { orderId: 'o-1', index: 0, type };
    expect(() => new ItemAdded(data as never)).toThrow(/CONTENT_FORBIDDEN_KEY: ItemAdded cannot have a field "type"/);
    expect(() => revive(ItemAdded, data, 1)).toThrow('CONTENT_FORBIDDEN_KEY');
  });

  test('may have its former name in the data, as old rows of others do', () => {
    class Renamed extends Event('Renamed', { aliases: ['Named'] })<{ id: string }> {}
    expect(canonical(revive(Renamed, { id: '1', type: 'Named' }, 1))).toBe('{"id":"1"}');
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
  class Erased extends Event('Erased')<{ orderId: string }> {
    declare readonly fine: string;
    orderId!: string;
  }
  class Preset extends Command('Preset')<{ orderId: string }> {
    orderId = '';
  }
  class Built extends Event('Built')<{ orderId: string }> {
    orderId!: string;
    constructor(data: { orderId: string }) {
      super(data);
    }
  }

  test.each([Erased, Preset, Built])('erases the data of that name, so no message is built, wherever: %p', (message) => {
    const text = new RegExp(`MESSAGE_CLASS_FIELD: ${message.messageType} declares the class field "orderId"`);
    expect(() => new message({ orderId: 'o-1' })).toThrow(text);
    expect(() => new message({ orderId: 'o-2' })).toThrow(text);
    expect(() => revive(message, { orderId: 'o-3' }, 1)).toThrow(text);
    expect(() => checkMessageClass(message)).toThrow(text);
  });

  test('is none where a constructor of the class sets the data', () => {
    class Short extends Event('Short')<{ orderId: string }> {
      constructor(orderId: string) {
        super({ orderId: orderId.trim() });
      }
    }
    expect(new Short(' o-1 ').orderId).toBe('o-1');
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

  describe('leaves its own output as it is, of each message', () => {
    const cents = schemaOf<{ n: number }, { n: number }>((value) => ({ n: Math.round((value as { n: number }).n * 100) }));
    class Priced extends Event('Priced', { schema: cents }) {}
    test('is refused at the first that it transforms, though it left others unchanged', () => {
      expect(new Priced({ n: 0 }).n).toBe(0);
      expect(() => new Priced({ n: 12.5 })).toThrow(/MESSAGE_SCHEMA_TRANSFORMS: the schema of Priced/);
      expect(() => revive(Priced, { n: 12.5 }, 1)).toThrow('MESSAGE_SCHEMA_TRANSFORMS');
    });

    test.each([
      ['text that grows, after an empty one', (v: string) => v && `${v}!`, '', 'a'],
      ['a list that doubles, after an empty one', (v: number[]) => [...v, ...v], [], [1]],
      ['a list in reverse, after one that reads the same', (v: number[]) => [...v].reverse(), [1, 2, 1], [1, 2]],
      ['a field deep within, after 0', (v: { a: number[] }) => ({ a: v.a.map((n) => n * 3) }), { a: [0] }, { a: [3] }],
    ])('%s', (_, transform, unchanged, changed) => {
      const each = schemaOf<Data, Data>((value) => ({ v: (transform as (v: unknown) => unknown)((value as { v: unknown }).v) }));
      class Each extends Event('Each', { schema: each }) {}
      expect(new Each({ v: unchanged })).toEqual({ v: unchanged });
      expect(() => new Each({ v: changed })).toThrow('MESSAGE_SCHEMA_TRANSFORMS');
    });

    test('a required key that may be undefined is refused when the message is made: its text would not be valid', () => {
      const required = schemaOf<Data, Data>((value) => ('note' in (value as object) ? (value as Data) : 'is missing'));
      class Noted extends Event('Noted', { schema: required }) {}
      expect(new Noted({ note: 'a' })).toEqual({ note: 'a' });
      expect(() => new Noted({ note: undefined })).toThrow('MESSAGE_SCHEMA_TRANSFORMS');
    });

    test('what JSON would change on the way is refused when the message is made', () => {
      const any = schemaOf<Data, Data>((value) => value as Data);
      class Any extends Event('Any', { schema: any }) {}
      const cycle: Record<string, unknown> = {};
      cycle['cycle'] = cycle;
      for (const bad of [new Date(0), NaN, Infinity, () => 0, new Map(), 1n]) expect(() => new Any({ bad })).toThrow('CONTENT_NOT_JSON');
      expect(() => new Any({ cycle })).toThrow('CONTENT_TOO_DEEP');
      expect(new Any({ list: [1, { a: null }], optional: undefined })).toEqual({ list: [1, { a: null }] });
    });

    test('defaults, also those of a function, and a tolerant normalization are fine', () => {
      let made = 0;
      const filled = schemaOf<{ n: string; id?: number }, Data>((value) => {
        const { n, id = ++made } = value as { n: string; id?: number };
        return { n: n.trim(), id };
      });
      class Filled extends Event('Filled', { schema: filled }) {}
      expect(new Filled({ n: ' a ' })).toEqual({ n: 'a', id: 1 });
      expect(revive(Filled, { n: 'a', id: 1 }, 1)).toEqual({ n: 'a', id: 1 });
    });
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
