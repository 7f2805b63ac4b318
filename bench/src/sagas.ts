import { statSync } from 'node:fs';
import { sqlite } from '@waybill/sqlite';
import { Actor, after, App, Applies, close, define, Event, Handles, IndexSet, load, realRuntime, Saga, snapshotOf } from 'waybill';
import type { ActorDefinition, NewEvent, Runtime, UseClass } from 'waybill';
import { openDatabase } from './database';
import { fill } from './ours';

class Begun extends Event('Begun')<{ of: string }> {}
class Part extends Event('Part')<{ of: string; n: number }> {}
class Ended extends Event('Ended')<{ of: string }> {}
class Overdue extends Event('Overdue')<{ of: string }> {}
class Told extends Event('Told')<{ of: string }> {}
type In = Begun | Part | Ended;
type State = { parts: IndexSet };

@Saga('parcel')
class Parcel extends Actor<State, In> {
  initial(): State {
    return { parts: IndexSet.empty };
  }
  key({ of }: In) {
    return of;
  }
  @Handles(Begun, { once: true }) onBegun() {
    return [];
  }
  @Handles(Part, { once: 'n' }) onPart() {
    return [];
  }
  @Handles(Ended, { once: true }) onEnded() {
    return this.end();
  }
  @Applies(Part) part({ n }: Part, { parts }: State): State {
    return { parts: parts.add(n) };
  }
  protected end(): ReturnType<typeof close> | [] {
    return [];
  }
}

@Saga('parcel', { snapshot: { every: 1_000, version: 1 } })
class KeptParcel extends Parcel {}

@Saga('parcel')
class ClosedParcel extends Parcel {
  protected override end() {
    return close();
  }
}

@Saga('timed')
class Timed extends Actor<{ n: number }, Begun | Overdue, Told> {
  initial() {
    return { n: 0 };
  }
  key({ of }: Begun | Overdue) {
    return of;
  }
  @Handles(Begun) onBegun({ of }: Begun) {
    return after('30 days', new Overdue({ of }));
  }
  @Handles(Overdue, { deadline: true }) onOverdue({ of }: Overdue) {
    return new Told({ of });
  }
}

function* events(type: string, count: number, data: (i: number) => object, time: number): Generator<NewEvent> {
  for (let i = 0; i < count; i++) {
    const id = `${type}-${i}`.padEnd(24, '.');
    yield { id, type, data: JSON.stringify(data(i)), meta: '{}', time };
  }
}

async function run(file: string, use: UseClass, runtime: Runtime = realRuntime): Promise<number> {
  const store = sqlite(file);
  const start = performance.now();
  const app = await App.start({ store, use: [use], runtime });
  await app.settled();
  const seconds = (performance.now() - start) / 1_000;
  await app.stop();
  await store.close();
  return seconds;
}

const definitionOf = (target: UseClass): ActorDefinition =>
  define(target, new (target as unknown as new () => object)()) as ActorDefinition;

/** Milliseconds of one load of an actor with `rows` rows: from a snapshot at its tip, and of its whole stream. */
export async function snapshotLoad(file: string, rows: number): Promise<{ each: number[]; whole: number[]; bytes: number }> {
  await fill(
    file,
    events('Part', rows, (n) => ({ of: 'big', n }), 0),
  );
  await run(file, Parcel);
  const store = sqlite(file);
  const [plain, kept] = [definitionOf(Parcel), definitionOf(KeptParcel)];
  const once = async (definition: ActorDefinition): Promise<number> => {
    const start = performance.now();
    const fold = await load(store, definition, 'parcel-big', realRuntime);
    const ms = performance.now() - start;
    if (fold.version !== rows - 1 || (fold.state as State).parts.size !== rows) throw new Error('another fold');
    return ms;
  };
  const fold = await load(store, plain, 'parcel-big', realRuntime);
  const data = snapshotOf(kept, fold, realRuntime);
  await store.snapshot('parcel-big').save({ version: rows - 1, data });
  const times = async (count: number, definition: ActorDefinition): Promise<number[]> => {
    const all: number[] = [];
    for (let i = 0; i < count; i++) all.push(await once(definition));
    return all;
  };
  await times(10, kept);
  const each = await times(41, kept);
  const whole = await times(5, plain);
  await store.close();
  return { each, whole, bytes: data.length };
}

/** What an order leaves behind, apart from its own three messages in the feed: bytes as written, bytes packed, and rows. */
export async function leftBehind(file: string, orders: number, closes: boolean): Promise<{ bytes: number; packed: number; rows: number }> {
  const data = (i: number): object => ({ of: `order-${i >> 2}`, n: i & 3 });
  await fill(file, mixed(orders, data));
  vacuum(file);
  const before = statSync(file).size;
  const counted = count(file);
  await run(file, closes ? ClosedParcel : Parcel);
  const rows = count(file) - counted;
  // A restart reuses the pages that were let go; packed is what they come to without them.
  const written = statSync(file).size - before;
  vacuum(file);
  return { bytes: written / orders, packed: (statSync(file).size - before) / orders, rows: rows / orders };
}

function* mixed(orders: number, data: (i: number) => object): Generator<NewEvent> {
  for (let i = 0; i < orders * 4; i++) {
    const type = ['Begun', 'Part', 'Part', 'Ended'][i & 3] as string;
    yield { id: `${type}-${i}`.padEnd(24, '.'), type, data: JSON.stringify(data(i)), meta: '{}', time: 0 };
  }
}

function vacuum(file: string): void {
  const db = openDatabase(file);
  db.exec('VACUUM');
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
}

function count(file: string): number {
  const db = openDatabase(file);
  const [{ rows }] = db.prepare('SELECT count(*) AS rows FROM events').all() as [{ rows: number }];
  db.close();
  return rows;
}

/** Deadlines of one minute, all of them due while nothing ran: seconds from the start until all have fired. */
export async function fire(file: string, deadlines: number): Promise<{ seconds: number }> {
  await farAway(file, deadlines);
  const later: Runtime = { ...realRuntime, now: () => Date.now() + 30 * 86_400_000 + 60_000 };
  const store = sqlite(file);
  const start = performance.now();
  const app = await App.start({ store, use: [Timed], runtime: later });
  await app.settled();
  const seconds = (performance.now() - start) / 1_000;
  if (app.counts().applied !== deadlines) throw new Error(`${app.counts().applied} of ${deadlines} deadlines fired`);
  await app.stop();
  await store.close();
  return { seconds };
}

/** Sets deadlines that are 30 days away. */
export async function farAway(file: string, deadlines: number): Promise<{ seconds: number }> {
  await fill(
    file,
    events('Begun', deadlines, (i) => ({ of: `${i}` }), Date.now()),
  );
  return { seconds: await run(file, Timed) };
}
