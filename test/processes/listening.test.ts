import { setTimeout as delay } from 'node:timers/promises';
import { App, memoryStore } from 'waybill';
import { feedOf } from './kit';
import { appendTo, classes } from './log';

test('who subscribes to outcomes once the start resolves misses none, however long the store takes to start the last class', async () => {
  const store = memoryStore();
  await appendTo(store, feedOf(0, 5, 1));
  const { snapshot } = store;
  store.snapshot = (stream) => {
    const own = snapshot.call(store, stream);
    return { load: () => delay(50).then(() => own.load()), save: (at) => own.save(at) };
  };
  const app = await App.start({ store, use: [classes.OpenOrders, classes.Shipping] });
  let heard = 0;
  app.outcomes.subscribe(() => heard++);
  await app.settled();
  await app.stop();
  expect(heard).toBe(app.counts().received);
});
