import { Actor, App, Applies, audit, Event, memoryStore, Projection } from 'waybill';
import type { Store, UseClass, Views } from 'waybill';
import { feed } from '../feed';

class Paid extends Event('Paid')<{ of: string; n: number }> {}
class Gone extends Event('Gone')<{ of: string }> {}
type Sum = { total: number };

abstract class Base extends Actor<Sum | undefined, Paid | Gone, never> {
  initial(): Sum {
    return { total: 0 };
  }
  key({ of }: Paid | Gone) {
    return of;
  }
}
const broken = { is: false };

@Projection('sums')
class Sums extends Base {
  @Applies(Paid) paid({ n }: Paid, sum: Sum | undefined) {
    if (broken.is && n === 13) throw new Error('not thirteen');
    return { total: (sum?.total ?? 0) + n };
  }
  @Applies(Gone) gone() {
    return undefined;
  }
}

/** The same name and version, and another fold. */
@Projection('sums')
class Cents extends Base {
  @Applies(Paid) paid({ n }: Paid, sum: Sum | undefined) {
    return { total: (sum?.total ?? 0) + 100 * n };
  }
  @Applies(Gone) gone() {
    return undefined;
  }
}
@Projection('sums', { version: 2 })
class CentsToday extends Cents {}

let store: Store;
let views: Views;
beforeEach(() => {
  broken.is = false;
  store = memoryStore();
  views = store.views as Views;
});

const paid = (of: string, n: number) => new Paid({ of, n });
async function follow(use: UseClass = Sums, work: (app: App) => Promise<unknown> = async () => undefined): Promise<void> {
  const app = await App.start({ store, use: [use] });
  await app.settled();
  await work(app);
  await app.settled();
  await app.stop();
}
/** The text of the first violation, at both depths. */
async function told(...use: UseClass[]): Promise<(string | undefined)[]> {
  const results = [await audit(store, { use }), await audit(store, { use, decisions: true })];
  return results.map(({ violations: [one] }) => one && `${one.invariant} at ${one.at?.stream} ${one.at?.version}: ${one.what}`);
}
const WELL = [undefined, undefined];

describe('rows of a projection', () => {
  beforeEach(() => feed(store, paid('a', 1), paid('b', 2), paid('a', 3), paid('c', 4), new Gone({ of: 'c' })));

  test('as they were written they are found whole, deleted ones too', async () => {
    await follow();
    expect(await told(Sums)).toEqual(WELL);
    expect((await views.load('sums', ['a', 'b', 'c'])).map(({ row }) => row)).toEqual(['{"total":4}', '{"total":2}', undefined]);
  });

  test('what the checkpoint has not passed yet is no hole', async () => {
    await follow();
    await feed(store, paid('a', 5), paid('z', 1));
    expect(await told(Sums)).toEqual(WELL);
  });

  test('a row that is not there, or is older than the checkpoint, is found at the event that it lacks', async () => {
    await follow();
    const kept = await views.load('sums', ['a', 'b', 'c']);
    const [{ position: first = 0 } = {}] = await store.read('feed', 0, 1);
    const restore = async (without: string, older?: string) => {
      await views.drop('sums');
      const write = kept
        .filter(({ key }) => key !== without)
        .map(({ key, row, position }) => {
          return { key, row: key === older ? '{"total":1}' : row, position: key === older ? first : position, expected: 0 };
        });
      await views.write('sums', write);
      await store.checkpoint('sums').rewind(await store.head());
    };
    const passed = 'I2 at feed 1: Paid was passed over: the row "b" of "sums" reflects the log up to nothing';
    await restore('b');
    expect(await told(Sums)).toEqual([passed, passed]);
    const older = `I2 at feed 2: Paid was passed over: the row "a" of "sums" reflects the log up to ${first}`;
    await restore('', 'a');
    expect(await told(Sums)).toEqual([older, older]);
    const deleted = 'I2 at feed 4: Gone was passed over: the row "c" of "sums" reflects the log up to nothing';
    await restore('c');
    expect(await told(Sums)).toEqual([deleted, deleted]);
    await follow(Sums, (app) => app.rebuild(Sums));
    expect(await told(Sums)).toEqual(WELL);
  });

  test('a row with another content is found where every row is folded again', async () => {
    await follow();
    const [{ position = 0 } = {}] = await views.load('sums', ['b']);
    await views.write('sums', [{ key: 'b', row: '{"total":7}', position: position + 0.5, expected: position }]);
    expect(await told(Sums)).toEqual(WELL);
    await views.write('sums', [{ key: 'b', row: '{"total":7}', position, expected: position + 0.5 }]);
    expect(await told(Sums)).toEqual([undefined, 'I9 at feed 1: the row "b" of "sums" is not what its events fold to']);
  });

  test('another fold under the same version is found; one of another version is left to its own code', async () => {
    await follow();
    expect(await told(Cents)).toEqual([undefined, 'I9 at feed 2: the row "a" of "sums" is not what its events fold to']);
    expect(await told(CentsToday)).toEqual(WELL);
    await follow(CentsToday);
    expect(await told(CentsToday)).toEqual(WELL);
    expect(await told(Sums)).toEqual(WELL);
  });

  test('a row that is held up, one that was released and one of which an operator skipped an event are whole', async () => {
    broken.is = true;
    await feed(store, paid('a', 13), paid('b', 13), paid('a', 1), paid('b', 1), paid('c', 13));
    await follow();
    expect(await told(Sums)).toEqual(WELL);
    const by = { by: 'ada', why: 'a test' };
    await follow(Sums, async ({ operators }) => {
      await operators.skip('sums:row-a', 0, by);
      broken.is = false;
      for (const row of ['a', 'b']) await operators.retry(`sums:row-${row}`, undefined, by);
    });
    expect(await told(Sums)).toEqual(WELL);
    expect((await views.load('sums', ['a', 'b'])).map(({ row }) => row)).toEqual(['{"total":5}', '{"total":16}']);
  });
});
