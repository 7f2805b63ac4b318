import { memoryStore, WaybillError } from '@waybill/core';
import type { Store } from '@waybill/core';
import type { Checkpoint, CheckpointAt } from '@waybill/core/store-kit';
import { CheckpointKeeper, Progress } from '../../dist/consumers/checkpoint';
import { dice } from '../dice';
import { FakeRuntime } from '../hall';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('progress', () => {
  test('the mark is the highest position at or below which all is closed', () => {
    const progress = new Progress(4);
    const [five, seven, nine] = [5, 7, 9].map((position) => progress.open(position, 1));
    const lows = [progress.low];
    for (const ticket of [nine, five, seven]) {
      if (ticket) progress.close(ticket);
      lows.push(progress.low);
    }
    expect(lows).toEqual([4, 4, 5, 9]);
  });

  test('positions without a message of their own are passed once all below them is closed', () => {
    const progress = new Progress(0);
    progress.passed(3);
    expect(progress.low).toBe(3);
    const five = progress.open(5, 10);
    progress.passed(8);
    expect([progress.low, progress.size]).toEqual([3, 1]);
    progress.close(five);
    expect([progress.low, progress.size]).toEqual([8, 0]);
  });

  test('what is open is counted: its messages, and their characters', () => {
    const progress = new Progress(0);
    const [first, second] = [progress.open(1, 100), progress.open(2, 20)];
    expect([progress.size, progress.characters]).toEqual([2, 120]);
    progress.close(second);
    expect([progress.size, progress.characters]).toEqual([1, 100]);
    progress.close(first);
    expect([progress.size, progress.characters]).toEqual([0, 0]);
  });

  test('whatever is closed in whatever order, the mark agrees with a plain list', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const roll = dice(seed);
      const progress = new Progress(0);
      const open = new Map<number, ReturnType<Progress['open']>>();
      const opened: number[] = [];
      const seen: number[] = [];
      const expected: number[] = [];
      for (let step = 0, position = 0; step < 2_000; step++) {
        if (step < 1_700 && roll(5) > 1) {
          position += 1 + roll(3);
          opened.push(position);
          open.set(position, progress.open(position, 1));
        } else {
          const [at, ticket] = [...open][roll(Math.min(open.size, 8))] ?? [];
          if (ticket && at !== undefined && open.delete(at)) progress.close(ticket);
        }
        const [firstOpen = Infinity] = open.keys();
        seen.push(progress.low);
        expected.push(opened.filter((one) => one < firstOpen).at(-1) ?? 0);
      }
      expect(seen).toEqual(expected);
    }
  });
});

/** Keeps what was saved; the next saves fail with these errors. */
class Kept implements Checkpoint {
  readonly saves: CheckpointAt[] = [];
  errors: unknown[] = [];
  /** Saves wait until it is called. */
  resume: (() => void) | undefined;
  held = false;

  constructor(public position = 0) {}

  async load(): Promise<CheckpointAt> {
    return { store: 'memory', position: this.position, epoch: 3 };
  }
  async save(at: CheckpointAt): Promise<void> {
    if (this.held) await new Promise<void>((resolve) => (this.resume = resolve));
    const error = this.errors.shift();
    if (error !== undefined) throw error;
    this.saves.push(at);
  }
  async rewind(): Promise<CheckpointAt> {
    throw new Error('nobody rewinds here');
  }
}

async function scene(begin = 0) {
  const [kept, runtime, progress] = [new Kept(begin), new FakeRuntime(), new Progress(begin)];
  const store: Store = Object.assign(memoryStore(), { checkpoint: () => kept });
  const fatal: unknown[] = [];
  const keeper = new CheckpointKeeper(
    store,
    'hall',
    runtime,
    () => progress.low,
    (error) => fatal.push(error),
  );
  expect(await keeper.load()).toBe(begin);
  const ring = async () => {
    runtime.ring();
    await settled();
  };
  return { kept, runtime, progress, keeper, fatal, ring, positions: () => kept.saves.map(({ position }) => position) };
}
const busy = () => new WaybillError('STORE_BUSY', 'a test', 'none');

describe('the keeper of a checkpoint', () => {
  test('saves the mark as it is when the time has come, in the epoch that was loaded; many moves are one save', async () => {
    const { kept, runtime, progress, keeper, ring } = await scene(4);
    progress.passed(6);
    keeper.progressed();
    keeper.progressed();
    expect([runtime.timers.length, kept.saves]).toEqual([1, []]);
    progress.passed(8);
    await ring();
    expect(kept.saves).toEqual([{ store: 'memory', position: 8, epoch: 3 }]);
    progress.passed(9);
    keeper.progressed();
    await ring();
    expect(kept.saves.at(-1)?.position).toBe(9);
  });

  test('never saves a position that has an open one at or below it', async () => {
    const { progress, keeper, ring, positions } = await scene();
    const [one, two, three] = [1, 2, 3].map((position) => progress.open(position, 1));
    if (!one || !two || !three) throw new Error('three are open');
    for (const ticket of [three, one, two]) {
      progress.close(ticket);
      keeper.progressed();
      await ring();
    }
    expect(positions()).toEqual([1, 3]);
  });

  test('a mark that has not moved is not saved again', async () => {
    const { progress, keeper, ring, positions } = await scene(4);
    keeper.progressed();
    await ring();
    progress.passed(5);
    for (let i = 0; i < 2; i++) {
      keeper.progressed();
      await ring();
    }
    await keeper.stop();
    expect(positions()).toEqual([5]);
  });

  test('a save that fails in passing is made again later, with the mark as it is then', async () => {
    const { kept, runtime, progress, keeper, fatal, ring, positions } = await scene();
    kept.errors = [busy()];
    progress.passed(5);
    keeper.progressed();
    await ring();
    expect([positions(), runtime.timers.length]).toEqual([[], 1]);
    progress.passed(7);
    await ring();
    expect([positions(), fatal]).toEqual([[7], []]);
  });

  test('any other failure of a save is fatal', async () => {
    for (const error of [new Error('broken'), new WaybillError('CHECKPOINT_OTHER_STORE', 'a test', 'none')]) {
      const { kept, runtime, progress, keeper, fatal, ring } = await scene();
      kept.errors = [error];
      progress.passed(5);
      keeper.progressed();
      await ring();
      expect([fatal, runtime.timers.length]).toEqual([[error], 0]);
    }
  });

  test('a stop saves once more, after the save that is under way, and leaves no timer', async () => {
    const { kept, runtime, progress, keeper, ring, positions } = await scene();
    kept.held = true;
    progress.passed(5);
    keeper.progressed();
    await ring();
    progress.passed(7);
    keeper.progressed();
    const stopped = keeper.stop();
    await settled();
    expect([positions(), runtime.timers.length]).toEqual([[], 0]);
    kept.held = false;
    kept.resume?.();
    await stopped;
    expect(positions()).toEqual([5, 7]);
    progress.passed(9);
    keeper.progressed();
    expect(runtime.timers).toEqual([]);
  });

  test('a last save that fails in passing leaves no timer: a later run looks at the same messages again', async () => {
    const { kept, runtime, progress, keeper, fatal } = await scene();
    kept.errors = [busy()];
    progress.passed(5);
    await keeper.stop();
    expect([runtime.timers, fatal]).toEqual([[], []]);
  });

  test('a keeper that never loaded its checkpoint saves nothing', async () => {
    const kept = new Kept();
    const store: Store = Object.assign(memoryStore(), { checkpoint: () => kept });
    await new CheckpointKeeper(
      store,
      'hall',
      new FakeRuntime(),
      () => 7,
      () => undefined,
    ).stop();
    expect(kept.saves).toEqual([]);
  });
});
