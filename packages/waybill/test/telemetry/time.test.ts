import {
  Actor,
  after,
  Aggregate,
  App,
  Applies,
  Command,
  Event,
  Handles,
  HandlesLate,
  Lifecycle,
  memoryStore,
  realRuntime,
  Saga,
} from 'waybill';
import type { StatusOf, Store } from 'waybill';
import { Sdk } from './kit';

class Lit extends Event('Lit')<{ room: string }> {}
class Blown extends Event('Blown')<{ room: string }> {}
class Burnt extends Event('Burnt')<{ room: string }> {}
class Complain extends Command('Complain')<{ room: string }> {}
class Complained extends Event('Complained')<{ room: string }> {}

const lifecycle = Lifecycle('dark', 'lit', 'out');
type Candle = { status: StatusOf<typeof lifecycle> };

@Saga('candle', { lifecycle, sends: [Complain] })
class CandleSaga extends Actor<Candle, Lit | Blown | Burnt, Complain> {
  initial(): Candle {
    return { status: 'dark' };
  }
  key(e: Lit | Blown | Burnt) {
    return e.room;
  }
  @Handles(Lit) lit({ room }: Lit) {
    return after('30 minutes', new Burnt({ room }));
  }
  @Handles(Burnt, { deadline: true }) burnt({ room }: Burnt) {
    return new Complain({ room });
  }
  @Handles(Blown, { once: true, before: 'out' }) blown() {
    return [];
  }
  @HandlesLate(Blown) blownLate() {
    return [];
  }
  @Applies(Lit) isLit(_: Lit, s: Candle): Candle {
    return { status: lifecycle.forward(s.status, 'lit') };
  }
  @Applies(Burnt) isOut(_: Burnt, s: Candle): Candle {
    return { status: lifecycle.forward(s.status, 'out') };
  }
}
@Aggregate('desk')
class Desk extends Actor<null, Complain, Complained> {
  initial() {
    return null;
  }
  key(c: Complain) {
    return c.room;
  }
  @Handles(Complain) complain({ room }: Complain) {
    return new Complained({ room });
  }
}

let sdk: Sdk;
let store: Store;
beforeEach(() => {
  sdk = new Sdk();
  store = memoryStore();
});
afterEach(() => sdk.end());

const startAt = (ahead = 0): Promise<App> =>
  App.start({ store, use: [CandleSaga, Desk], telemetry: true, runtime: { ...realRuntime, now: () => Date.now() + ahead } });
/** A deadline is counted from the time of its input: of a row of time 0 it is due at once. */
async function append(type: string, time = 0): Promise<void> {
  const length = (await store.read('in')).length;
  const event = { id: `e-${length}`, type, data: '{"room":"attic"}', meta: '{}', time };
  await store.append([{ stream: 'in', expected: length === 0 ? 'none' : length - 1, events: [event] }]);
}
const spanOf = (type: string) => {
  const found = sdk.spans().filter(({ attributes }) => attributes['waybill.message.type'] === type);
  expect(found).toHaveLength(1);
  return found[0];
};
const idOf = (type: string): string | undefined => spanOf(type)?.spanContext().spanId;
const linksOf = (type: string) => spanOf(type)?.links.map(({ context }) => context.spanId);
const until = async (app: App, applied: number): Promise<void> => {
  while (app.counts().applied < applied) await new Promise((resolve) => setTimeout(resolve, 5));
};

test('a deadline is linked to the message that set it, and the command that a saga sends to what it was sent for', async () => {
  const app = await startAt();
  await append('Lit');
  await until(app, 3);
  await app.settled();
  await append('Blown');
  await until(app, 4);
  await app.stop();
  expect(linksOf('Burnt')).toEqual([idOf('Lit')]);
  expect(linksOf('Complain')).toEqual([idOf('Burnt')]);
  expect(spanOf('Complain')?.name).toBe('process desk');
  expect(spanOf('Blown')?.attributes).toMatchObject({ 'waybill.outcome': 'applied' });
});

test('a deadline that is due after a restart is linked to the message that set it before', async () => {
  const first = await startAt();
  await append('Lit', Date.now());
  await until(first, 1);
  await first.settled();
  await first.stop();
  const second = await startAt(3_600_000);
  await until(second, 2);
  await second.stop();
  expect(linksOf('Burnt')).toEqual([idOf('Lit')]);
});
