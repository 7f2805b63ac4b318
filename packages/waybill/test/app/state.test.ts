import { Actor, Aggregate, App, Applies, Command, Event, Handles, IndexSet, memoryStore } from 'waybill';
import type { Store } from 'waybill';
import { realRuntime } from '../../dist/base/runtime';

class Put extends Command('Put')<{ what: string }> {}
class Change extends Command('Change')<object> {}
class Done extends Event('Done')<{ what: string }> {}

interface Box {
  readonly held: unknown;
  readonly list: readonly { readonly n: number }[];
  readonly set: IndexSet;
}

const sparse: unknown[] = [1, 2, 3];
delete sparse[1];
class Thing {
  n = 1;
}
const values: Readonly<Record<string, unknown>> = {
  ...{ NaN: NaN, Infinity: -Infinity, Map: new Map([[1, 2]]), Date: new Date(0), BigInt: 1n, Symbol: Symbol('s'), Thing: new Thing() },
  ...{ function: () => 1, undefined: [undefined], sparse, deep: { a: [{ b: new Set() }] }, typed: new Uint8Array(2) },
  ...{ zero: -0, absent: { a: undefined, b: [{ c: undefined }] }, plain: { '~set': [[1, 2]], '~other': 'x', n: null } },
};

@Aggregate('box', { snapshot: { every: 1, version: 1 } })
class Boxes extends Actor<Box, Put | Change, Done> {
  initial(): Box {
    return { held: 'nothing', list: [{ n: 1 }], set: IndexSet.empty };
  }
  key() {
    return 'a';
  }
  @Handles(Put) put({ what }: Put, state: Box) {
    seen = state;
    return new Done({ what });
  }
  @Handles(Change) change(_: Change, { list }: Box) {
    (list[0] as { n: number }).n++;
    return [];
  }
  @Applies(Done) done({ what }: Done, state: Box): Box {
    return { ...state, held: values[what], set: state.set.add(state.set.size), list: [...state.list, { n: 2 }] };
  }
}
let seen: Box | undefined;
let sent = 0;

async function running(store: Store, run: (app: App) => Promise<void>, runtime = realRuntime): Promise<void> {
  const app = await App.start({ store, use: [Boxes], runtime });
  await run(app);
  await app.stop();
}
const put = (app: App, what: string) => app.send(Boxes, new Put({ what }), { id: `c-${++sent}` });

describe('a state that is not JSON', () => {
  const bad = ['NaN', 'Infinity', 'Map', 'Date', 'BigInt', 'Symbol', 'Thing', 'function', 'undefined', 'sparse', 'deep', 'typed'];
  test.each(bad)('is refused before a row leads to it: it would be another after a restart (%s)', async (what) => {
    const store = memoryStore();
    await running(store, async (app) => {
      await put(app, 'plain');
      await expect(put(app, what)).rejects.toThrow(/STATE_NOT_JSON: the state of "box"\.held/);
      await put(app, 'zero');
    });
    expect((await store.read('box-a')).map(({ type }) => type)).toEqual(['took:Put', 'Done', 'took:Put', 'Done']);
  });

  test.each(['zero', 'absent', 'plain'])('with "%s" is none: a snapshot keeps what JSON alone would lose', async (what) => {
    const store = memoryStore();
    let before: Box | undefined;
    await running(store, async (app) => {
      await put(app, what);
      await put(app, what);
      before = seen;
    });
    expect((await store.snapshot('box-a').load())?.version).toBe(3);
    await running(store, async (app) => {
      await app.send(Boxes, new Put({ what }), { id: `c-${++sent}` });
    });
    expect(Object.is(seen?.held, before?.held) || seen?.held).toStrictEqual(Object.is(seen?.held, before?.held) || before?.held);
    expect(seen?.set.size).toBe(2);
  });
});

describe('a state that a method changes in place', () => {
  test('is frozen in development: the method fails at once, at the first message after a start and at a later one', async () => {
    const store = memoryStore();
    for (let i = 0; i < 2; i++) {
      await running(store, async (app) => {
        await expect(app.send(Boxes, new Change({}), { id: `c-${++sent}` })).rejects.toThrow(/read only|Cannot assign/);
        await put(app, 'plain');
        await expect(app.send(Boxes, new Change({}), { id: `c-${++sent}` })).rejects.toThrow(/read only|Cannot assign/);
      });
    }
    expect((await store.read('box-a')).length).toBe(4);
  });

  test('is not looked at in production, where freezing costs time', async () => {
    await running(memoryStore(), (app) => app.send(Boxes, new Change({}), { id: `c-${++sent}` }).then(() => undefined), {
      ...realRuntime,
      development: false,
    });
  });
});
