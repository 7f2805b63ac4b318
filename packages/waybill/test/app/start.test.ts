import { Actor, App, Event, Handles, memoryStore, Saga } from 'waybill';
import type { Store } from 'waybill';

class Called extends Event('Called')<{ name: string }> {}

class Takes extends Actor<object, Called> {
  initial() {
    return {};
  }
  key({ name }: Called) {
    return name;
  }
  @Handles(Called) on() {
    return [];
  }
}
@Saga('first')
class First extends Takes {}
@Saga('second')
class Second extends Takes {}

/** Where each load of a checkpoint takes longer than the one before. */
function slow(store: Store): Store {
  let loads = 0;
  return {
    ...store,
    append: (writes) => store.append(writes),
    read: (...args) => store.read(...args),
    subscribe: (...args) => store.subscribe(...args),
    head: () => store.head(),
    truncate: (...args) => store.truncate(...args),
    snapshot: (stream) => store.snapshot(stream),
    close: () => store.close(),
    checkpoint: (consumer) => {
      const checkpoint = store.checkpoint(consumer);
      const load = async () => {
        await new Promise((resolve) => setTimeout(resolve, 20 * loads++));
        return checkpoint.load();
      };
      return { load, save: (at) => checkpoint.save(at), rewind: (to) => checkpoint.rewind(to) };
    },
  };
}

test('who subscribes to outcomes once the start resolves misses none, however long the last consumer takes to load its checkpoint', async () => {
  const store = memoryStore();
  const events = [1, 2, 3].map((n) => ({ id: `e-${n}`, type: 'Called', data: `{"name":"n-${n}"}`, meta: '{}', time: n }));
  await store.append([{ stream: 'feed', expected: 'none', events }]);
  const app = await App.start({ store: slow(store), use: [First, Second] });
  const told: string[] = [];
  app.outcomes.subscribe(({ consumer, id, kind }) => told.push(`${consumer} ${id} ${kind}`));
  await app.settled();
  await app.stop();
  const each = ['first', 'second'].flatMap((consumer) => events.map(({ id }) => `${consumer} ${id} applied`));
  expect(told.sort()).toEqual(each);
});
