import { Actor, Aggregate, App, Applies, Command, Event, Handles, memoryStore, Projection, Saga } from 'waybill';
import type { AppOptions, NewEvent, Store, UseClass } from 'waybill';

export class Came extends Event('Came')<{ id: string; n?: number; note?: unknown }> {}
export class Left extends Event('Left')<{ id: string; note?: unknown }> {}
export class Timed extends Event('Timed')<{ id: string }> {}
export class Ask extends Command('Ask')<{ id: string; note?: unknown }> {}
export class Other extends Command('Other')<{ id: string }> {}

/** What plain JavaScript, or a cast, gets past the compiler. */
export type Loose = (target: object, method?: unknown, descriptor?: object) => void;
export const loose = (decorator: unknown): Loose => decorator as Loose;
export const any = (value: unknown): never => value as never;
export const as = <T>(value: unknown): T => value as T;

export class Base {
  initial(): unknown {
    return { n: 0 };
  }
  key({ id }: { id: string }): unknown {
    return id;
  }
  handle(..._: unknown[]): unknown {
    return [];
  }
  apply(_: unknown, state: unknown): unknown {
    return state;
  }
}

/** A class of its own per case, decorated by hand. */
export function made(decorate: (target: typeof Base) => void): UseClass {
  class Target extends Base {}
  decorate(Target);
  return Target;
}

export const saga = (T: object, options: object = {}, name = 'halls'): void => loose(Saga(name, any(options)))(T);
export const aggregate = (T: object, options: object = {}, name = 'desk'): void => loose(Aggregate(name, any(options)))(T);
export const handles = (T: typeof Base, message: unknown, options: object = {}, method = 'handle'): void =>
  loose(Handles(any(message), any(options)))(T.prototype, method);
export const applies = (T: typeof Base, message: unknown, method = 'apply'): void => loose(Applies(any(message)))(T.prototype, method);

/** A class that decides as `handle` says; a saga of `Came`, or with `Ask` an aggregate. */
export function deciding(handle: Base['handle'], options: object = {}, message: unknown = Came, takes: object = {}): UseClass {
  return made((T) => {
    T.prototype.handle = handle;
    handles(T, message, takes);
    if (message === Came) saga(T, options);
    else aggregate(T, options);
  });
}

export async function start(use: readonly unknown[], options: Partial<AppOptions> = {}): Promise<void> {
  const app = await App.start({ store: memoryStore(), use: use as UseClass[], ...options });
  await app.stop();
}

/** Starts, runs `body`, and stops whatever comes of it. */
export async function running<T>(
  use: readonly unknown[],
  body: (app: App, store: Store) => T | Promise<T>,
  options: Partial<AppOptions> = {},
): Promise<T> {
  const store = options.store ?? memoryStore();
  const app = await App.start({ store, use: use as UseClass[], onFailure: () => undefined, ...options });
  try {
    return await body(app, store);
  } finally {
    await app.stop();
  }
}

let rows = 0;
export function row(type: string, data: unknown, over: Partial<NewEvent> = {}): NewEvent {
  return {
    id: `row-${++rows}`,
    type,
    data: typeof data === 'string' ? data : JSON.stringify(data),
    meta: '{}',
    time: 1_700_000_000_000,
    ...over,
  };
}

/** What an operator reads of the one bad row that stands between good ones, which must all go through. */
export async function parkedReason(use: UseClass, bad: NewEvent, good: (n: number) => NewEvent = goodRow): Promise<string> {
  return running([use], async (app, store) => {
    const events = [good(1), good(2), bad, good(3), good(4)];
    await store.append([{ stream: 'feed', expected: 'none', events }]);
    await app.settled();
    const { received, waiting, applied, parked } = app.counts();
    const sum = { received, waiting, applied, parked };
    if (sum.received !== 5 || sum.waiting !== 0 || sum.applied !== 4 || sum.parked !== 1)
      throw new Error(`a bad row touched its neighbours: ${JSON.stringify(sum)}`);
    const reasons: string[] = [];
    for await (const { reason } of app.operators.parked()) reasons.push(reason);
    if (reasons.length !== 1) throw new Error(`${reasons.length} messages are parked`);
    return (reasons[0] as string).replace(/ \(\d+ attempts\)$/, '');
  });
}

export const goodRow = (n: number): NewEvent => row('Came', { id: `good-${n}`, n });

/** What the app waits for at these rows, which only newer code can read. */
export async function waitsFor(use: UseClass, stream: string, ...rows: readonly NewEvent[]): Promise<string> {
  return running([use], async (app, store) => {
    await store.append([{ stream, expected: 'none', events: rows }]);
    if (stream !== 'feed') await store.append([{ stream: 'feed', expected: 'none', events: [goodRow(0)] }]);
    for (;;) {
      const [waits] = app.operators.yielding();
      if (waits) return waits.reason;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });
}

/** Why the app stopped at a row that it must not pass over. */
export async function stoppedBy(use: UseClass, bad: NewEvent, stream = 'feed', options: Partial<AppOptions> = {}): Promise<void> {
  await running(
    [use],
    async (app, store) => {
      await store.append([{ stream, expected: 'none', events: [bad] }]);
      await app.settled();
    },
    options,
  );
}

@Saga('halls')
export class Halls extends Actor<{ n: number }, Came, Left> {
  initial() {
    return { n: 0 };
  }
  key(e: Came) {
    return e.id;
  }
  @Handles(Came) came() {
    return [];
  }
  @Applies(Came) counted(_: Came, { n }: { n: number }) {
    return { n: n + 1 };
  }
}

@Aggregate('desk')
export class Desk extends Actor<{ n: number }, Ask, Left> {
  initial() {
    return { n: 0 };
  }
  key(c: Ask) {
    return c.id;
  }
  @Handles(Ask) ask({ id }: Ask) {
    return new Left({ id });
  }
}

@Projection('board')
export class Board extends Actor<{ n: number }, Came> {
  initial() {
    return { n: 0 };
  }
  key(e: Came) {
    return e.id;
  }
  @Applies(Came) came(_: Came, { n }: { n: number }) {
    return { n: n + 1 };
  }
}
